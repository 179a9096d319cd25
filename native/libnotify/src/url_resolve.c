#include <string.h>
#include <strings.h>

#include "url.h"
#include "url_path.h"

static bool has_scheme(const char *location)
{
	size_t count = strcspn(location, ":/?#");
	return count > 0 && location[count] == ':';
}

/* Bytes before the query and fragment. */
static size_t path_bytes(const char *text)
{
	return strcspn(text, "?#");
}

static void append_merged(struct bytes *out, const struct url *base, const char *location)
{
	struct bytes merged = { 0 };
	size_t base_bytes = path_bytes(base->request_path);
	size_t own_bytes = path_bytes(location);
	if (own_bytes == 0) {
		bytes_append(&merged, base->request_path, base_bytes);
	} else {
		while (base_bytes > 0 && base->request_path[base_bytes - 1] != '/')
			base_bytes--;
		if (location[0] != '/')
			bytes_append(&merged, base->request_path, base_bytes);
		bytes_append(&merged, location, own_bytes);
	}
	if (merged.failed)
		out->failed = true;
	else
		path_remove_dots(out, merged.at, merged.used);
	bytes_append_text(out, location + own_bytes);
	bytes_free(&merged);
}

enum url_verdict url_resolve(struct url *url, const struct url *base, const char *location)
{
	*url = (struct url){ 0 };
	if (has_scheme(location))
		return url_parse(url, (const uint8_t *)location, strlen(location));
	struct bytes text = { 0 };
	bytes_append_text(&text, "http:");
	bool keeps_host = strncmp(location, "//", 2) != 0;
	if (keeps_host) {
		bytes_append_text(&text, "//");
		bytes_append_text(&text, base->authority);
		append_merged(&text, base, location);
	} else {
		bytes_append_text(&text, location);
	}
	enum url_verdict verdict = text.failed ? URL_UNUSABLE : url_parse(url, text.at, text.used);
	bytes_free(&text);
	if (verdict == URL_GOOD && keeps_host && base->authorization != NULL) {
		url->authorization = strdup(base->authorization);
		if (url->authorization == NULL) {
			url_free(url);
			return URL_UNUSABLE;
		}
	}
	return verdict;
}
