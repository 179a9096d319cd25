#include "url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "url_path.h"

struct span {
	const uint8_t *at;
	const uint8_t *end;
};

static size_t span_bytes(struct span span)
{
	return (size_t)(span.end - span.at);
}

static const uint8_t *find_byte(struct span span, uint8_t byte)
{
	if (span.at == span.end)
		return NULL;
	return memchr(span.at, byte, span_bytes(span));
}

static const uint8_t *find_last_byte(struct span span, uint8_t byte)
{
	for (const uint8_t *at = span.end; at > span.at; at--)
		if (at[-1] == byte)
			return at - 1;
	return NULL;
}

static bool starts_with(struct span span, const char *prefix)
{
	size_t count = strlen(prefix);
	return span_bytes(span) >= count && strncasecmp((const char *)span.at, prefix, count) == 0;
}

static bool has_control(struct span span)
{
	for (const uint8_t *at = span.at; at < span.end; at++)
		if (*at < 0x20 || *at == 0x7f)
			return true;
	return false;
}

static char *copy_span(struct span span)
{
	return strndup((const char *)span.at, span_bytes(span));
}

/* "user:password" percent-decoded, as the value of the Authorization header. NULL when it cannot be
 * decoded. */
static char *basic_authorization(struct span user_info)
{
	struct bytes plain = { 0 };
	struct bytes value = { 0 };
	bool good = percent_decode(&plain, user_info.at, span_bytes(user_info));
	if (find_byte(user_info, ':') == NULL)
		bytes_append_byte(&plain, ':');
	if (good && !plain.failed) {
		bytes_append_text(&value, "Basic ");
		base64_append(&value, plain.at, plain.used);
	}
	bytes_free(&plain);
	if (!good) {
		bytes_free(&value);
		return NULL;
	}
	return bytes_take_text(&value);
}

static bool is_host_byte(uint8_t byte)
{
	return byte > 0x20 && byte < 0x7f && strchr("\"#%/<>?@[\\]^`{|}", byte) == NULL;
}

/* Only digits, at most 65535. */
static bool is_port(struct span port)
{
	unsigned value = 0;
	for (const uint8_t *at = port.at; at < port.end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		value = value * 10 + (unsigned)(*at - '0');
		if (value > 65535)
			return false;
	}
	return true;
}

/* Cuts "host", "host:port", "[v6]" or "[v6]:port" into name and port; an absent port gives an empty span. */
static bool split_host(struct span authority, struct span *host, struct span *port)
{
	*host = authority;
	*port = (struct span){ authority.end, authority.end };
	const uint8_t *after = NULL;
	if (authority.at < authority.end && *authority.at == '[') {
		const uint8_t *bracket = find_byte(authority, ']');
		if (bracket == NULL)
			return false;
		*host = (struct span){ authority.at + 1, bracket };
		after = bracket + 1;
		if (after < authority.end && *after != ':')
			return false;
	} else {
		after = find_last_byte(authority, ':');
		if (after != NULL)
			host->end = after;
	}
	if (after != NULL && after < authority.end)
		*port = (struct span){ after + 1, authority.end };
	bool in_brackets = host->at != authority.at;
	for (const uint8_t *at = host->at; at < host->end; at++)
		if (!is_host_byte(*at) || (*at == ':' && !in_brackets))
			return false;
	return host->at < host->end && is_port(*port);
}

static bool take_authority(struct url *url, struct span authority)
{
	const uint8_t *at_sign = find_last_byte(authority, '@');
	if (at_sign != NULL) {
		url->authorization = basic_authorization((struct span){ authority.at, at_sign });
		if (url->authorization == NULL)
			return false;
		authority.at = at_sign + 1;
	}
	struct span host, port;
	if (!split_host(authority, &host, &port))
		return false;
	if (port.at == port.end && authority.end[-1] == ':')
		authority.end--;
	url->authority = copy_span(authority);
	url->host = copy_span(host);
	url->port = port.at == port.end ? strdup("80") : copy_span(port);
	return url->authority != NULL && url->host != NULL && url->port != NULL;
}

static bool take_path(struct url *url, struct span path, struct span query, bool has_query)
{
	struct bytes encoded = { 0 };
	bool good = path_encode(&encoded, path.at, span_bytes(path));
	if (encoded.used == 0)
		bytes_append_byte(&encoded, '/');
	/* As written: the original does not encode a query, and control characters were refused before. */
	if (has_query) {
		bytes_append_byte(&encoded, '?');
		bytes_append(&encoded, query.at, span_bytes(query));
	}
	url->request_path = bytes_take_text(&encoded);
	return good && url->request_path != NULL;
}

static bool make_text(struct url *url)
{
	struct bytes text = { 0 };
	bytes_append_text(&text, "http://");
	bytes_append_text(&text, url->authority);
	bytes_append_text(&text, url->request_path);
	url->text = bytes_take_text(&text);
	return url->text != NULL;
}

enum url_verdict url_parse(struct url *url, const uint8_t *text, size_t count)
{
	*url = (struct url){ 0 };
	struct span rest = { text, text + count };
	if (has_control(rest))
		return URL_UNUSABLE;
	if (starts_with(rest, "https://"))
		return URL_NEEDS_TLS;
	if (!starts_with(rest, "http://"))
		return URL_UNUSABLE;
	rest.at += strlen("http://");
	const uint8_t *fragment = find_byte(rest, '#');
	if (fragment != NULL)
		rest.end = fragment;
	const uint8_t *mark = find_byte(rest, '?');
	struct span query = { mark == NULL ? rest.end : mark + 1, rest.end };
	struct span path = { rest.at, mark == NULL ? rest.end : mark };
	const uint8_t *slash = find_byte(path, '/');
	struct span authority = { path.at, slash == NULL ? path.end : slash };
	path.at = authority.end;
	if (take_authority(url, authority) && take_path(url, path, query, mark != NULL) && make_text(url))
		return URL_GOOD;
	url_free(url);
	return URL_UNUSABLE;
}

void url_free(struct url *url)
{
	free(url->authority);
	free(url->host);
	free(url->port);
	free(url->request_path);
	free(url->authorization);
	free(url->text);
	*url = (struct url){ 0 };
}
