#include "request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_scan.h"
#include "json_text.h"

bool request_method_is_token(const uint8_t *method, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool letter = (method[i] | 0x20) >= 'a' && (method[i] | 0x20) <= 'z';
		bool digit = method[i] >= '0' && method[i] <= '9';
		bool mark = method[i] != 0 && strchr("!#$%&'*+-.^_`|~", method[i]) != NULL;
		if (!letter && !digit && !mark)
			return false;
	}
	return count > 0;
}

static void append_number(struct bytes *out, int64_t number)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%" PRId64, number);
	bytes_append_text(out, digits);
}

bool request_append_body(struct bytes *body, const uint8_t *event, size_t event_bytes, const uint8_t *payload,
			 size_t payload_bytes, int64_t unix_s)
{
	bytes_append_text(body, "{\"event\":");
	json_append_string(body, event, event_bytes);
	if (payload_bytes > 0) {
		bytes_append_text(body, ",\"payload\":");
		if (!json_compact(payload, payload_bytes, body))
			return false;
	}
	bytes_append_text(body, ",\"timestamp\":");
	append_number(body, unix_s);
	bytes_append_byte(body, '}');
	return true;
}

static void append_header(struct bytes *out, const char *name, const char *value)
{
	bytes_append_text(out, name);
	bytes_append_text(out, value);
	bytes_append_text(out, "\r\n");
}

void request_append(struct bytes *out, const struct request *request)
{
	bytes_append_text(out, request->method);
	bytes_append_byte(out, ' ');
	append_header(out, request->url->request_path, " HTTP/1.1");
	append_header(out, "Host: ", request->url->authority);
	bytes_append_text(out, "User-Agent: Go-http-client/1.1\r\n");
	if (request->body != NULL) {
		bytes_append_text(out, "Content-Length: ");
		append_number(out, (int64_t)request->body->used);
		bytes_append_text(out, "\r\n");
	}
	if (request->url->authorization != NULL)
		append_header(out, "Authorization: ", request->url->authorization);
	bytes_append_text(out, "Content-Type: application/json\r\n");
	if (request->referer != NULL)
		append_header(out, "Referer: ", request->referer);
	/* The original asks for compression wherever a body may come back. */
	if (strcmp(request->method, "HEAD") != 0)
		bytes_append_text(out, "Accept-Encoding: gzip\r\n");
	bytes_append_text(out, "\r\n");
	if (request->body != NULL)
		bytes_append(out, request->body->at, request->body->used);
}
