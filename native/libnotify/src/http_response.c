#include "http_response.h"

#include <string.h>
#include <strings.h>

void http_response_begin(struct http_response *response, bool answers_head)
{
	/* Not one big assignment: the two line buffers need no clearing, 50 000 times a second. */
	memset(response, 0, offsetof(struct http_response, line));
	response->step = RESPONSE_STATUS_LINE;
	response->answers_head = answers_head;
}

bool http_response_has_head(const struct http_response *response)
{
	return response->step > RESPONSE_HEADERS && response->step != RESPONSE_BROKEN;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static void take_status_line(struct http_response *response)
{
	const char *line = response->line;
	bool has_version = response->line_bytes >= 12 && strncmp(line, "HTTP/1.", 7) == 0 && is_digit(line[7]);
	bool has_status = has_version && line[8] == ' ' && is_digit(line[9]) && is_digit(line[10]) &&
			  is_digit(line[11]) && (line[12] == ' ' || line[12] == 0);
	if (!has_status) {
		response->step = RESPONSE_BROKEN;
		return;
	}
	response->is_http_1_0 = line[7] == '0';
	response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
	response->step = RESPONSE_HEADERS;
}

static bool parse_length(const char *value, uint64_t *length)
{
	*length = 0;
	for (; is_digit(*value); value++) {
		if (*length > UINT64_MAX / 16)
			return false;
		*length = *length * 10 + (uint64_t)(*value - '0');
	}
	return *value == 0;
}

static void take_content_length(struct http_response *response, const char *value)
{
	uint64_t length;
	bool good = *value != 0 && parse_length(value, &length);
	if (!good || (response->has_length && length != response->length_left)) {
		response->step = RESPONSE_BROKEN;
		return;
	}
	response->has_length = true;
	response->length_left = length;
}

/* True when the comma-separated list holds the token. */
static bool list_has(const char *list, const char *token)
{
	size_t count = strlen(token);
	while (*list != 0) {
		list += strspn(list, ", \t");
		size_t item = strcspn(list, ", \t;");
		if (item == count && strncasecmp(list, token, count) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static void take_header(struct http_response *response)
{
	char *colon = strchr(response->line, ':');
	if (colon == NULL || colon == response->line) {
		response->step = RESPONSE_BROKEN;
		return;
	}
	*colon = 0;
	const char *name = response->line;
	char *value = colon + 1 + strspn(colon + 1, " \t");
	size_t bytes = strlen(value);
	while (bytes > 0 && (value[bytes - 1] == ' ' || value[bytes - 1] == '\t'))
		value[--bytes] = 0;
	if (strcasecmp(name, "Content-Length") == 0) {
		take_content_length(response, value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		response->has_coding = true;
		response->is_chunked = list_has(value, "chunked");
	} else if (strcasecmp(name, "Connection") == 0) {
		response->closes = response->closes || list_has(value, "close");
		response->keeps_alive = response->keeps_alive || list_has(value, "keep-alive");
	} else if (strcasecmp(name, "Location") == 0) {
		memcpy(response->location, value, bytes + 1);
		response->location_bytes = bytes;
	}
}

static bool has_no_body(const struct http_response *response)
{
	return response->answers_head || response->status == 204 || response->status == 304;
}

/* The empty line after the headers: what follows is decided by RFC 9112 section 6.3. */
static void finish_head(struct http_response *response)
{
	if (response->status >= 100 && response->status <= 199) {
		bool switches = response->status == 101;
		http_response_begin(response, response->answers_head);
		if (switches)
			response->step = RESPONSE_BROKEN;
		return;
	}
	response->closes = response->closes || (response->is_http_1_0 && !response->keeps_alive);
	if (has_no_body(response)) {
		response->step = RESPONSE_DONE;
	} else if (response->is_chunked) {
		response->step = RESPONSE_CHUNK_SIZE;
	} else if (response->has_length && !response->has_coding) {
		response->body_bytes = response->length_left;
		response->step = response->length_left > 0 ? RESPONSE_BODY_LENGTH : RESPONSE_DONE;
	} else {
		response->closes = true;
		response->step = RESPONSE_BODY_CLOSE;
	}
}

static int hex_value(char byte)
{
	if (is_digit(byte))
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static void take_chunk_size(struct http_response *response)
{
	const char *at = response->line;
	uint64_t size = 0;
	for (; hex_value(*at) >= 0 && size <= RESPONSE_BODY_BYTES_MAX; at++)
		size = size * 16 + (uint64_t)hex_value(*at);
	bool ends = *at == 0 || *at == ';' || *at == ' ' || *at == '\t' || size > RESPONSE_BODY_BYTES_MAX;
	if (at == response->line || !ends) {
		response->step = RESPONSE_BROKEN;
		return;
	}
	response->length_left = size;
	response->body_bytes += size;
	response->step = size > 0 ? RESPONSE_CHUNK_DATA : RESPONSE_TRAILERS;
}

static void take_line(struct http_response *response)
{
	bool empty = response->line_bytes == 0;
	switch (response->step) {
	case RESPONSE_STATUS_LINE:
		/* One empty line before the status line is an old habit of servers after a body. */
		if (!empty)
			take_status_line(response);
		break;
	case RESPONSE_HEADERS:
		if (empty)
			finish_head(response);
		else
			take_header(response);
		break;
	case RESPONSE_CHUNK_SIZE:
		take_chunk_size(response);
		break;
	case RESPONSE_CHUNK_END:
		response->step = empty ? RESPONSE_CHUNK_SIZE : RESPONSE_BROKEN;
		break;
	default:
		if (empty)
			response->step = RESPONSE_DONE;
		break;
	}
}

/* Collects bytes up to a line feed and acts on the whole line. Returns the bytes taken. */
static size_t read_line(struct http_response *response, const uint8_t *at, size_t count)
{
	const uint8_t *feed = memchr(at, '\n', count);
	size_t taken = feed == NULL ? count : (size_t)(feed - at) + 1;
	size_t room = RESPONSE_LINE_BYTES_MAX - 1 - response->line_bytes;
	response->head_bytes += taken;
	if (taken > room || response->head_bytes > RESPONSE_HEAD_BYTES_MAX) {
		response->step = RESPONSE_BROKEN;
		return taken;
	}
	memcpy(response->line + response->line_bytes, at, taken);
	response->line_bytes += taken;
	if (feed == NULL)
		return taken;
	response->line_bytes--;
	if (response->line_bytes > 0 && response->line[response->line_bytes - 1] == '\r')
		response->line_bytes--;
	response->line[response->line_bytes] = 0;
	if (memchr(response->line, 0, response->line_bytes) != NULL)
		response->step = RESPONSE_BROKEN;
	else
		take_line(response);
	response->line_bytes = 0;
	return taken;
}

static size_t read_body(struct http_response *response, size_t count)
{
	if (response->step == RESPONSE_BODY_CLOSE) {
		response->body_bytes += count;
		return count;
	}
	size_t taken = count < response->length_left ? count : (size_t)response->length_left;
	response->length_left -= taken;
	if (response->length_left == 0)
		response->step = response->step == RESPONSE_CHUNK_DATA ? RESPONSE_CHUNK_END : RESPONSE_DONE;
	return taken;
}

size_t http_response_read(struct http_response *response, const uint8_t *at, size_t count)
{
	size_t used = 0;
	bool had_head = http_response_has_head(response);
	while (used < count && response->step < RESPONSE_DONE) {
		bool in_body = response->step == RESPONSE_BODY_LENGTH || response->step == RESPONSE_CHUNK_DATA ||
			       response->step == RESPONSE_BODY_CLOSE;
		used += in_body ? read_body(response, count - used) : read_line(response, at + used, count - used);
		if (!had_head && http_response_has_head(response))
			break;
	}
	return used;
}

void http_response_end(struct http_response *response)
{
	if (response->step == RESPONSE_BODY_CLOSE)
		response->step = RESPONSE_DONE;
	else if (response->step != RESPONSE_DONE)
		response->step = RESPONSE_BROKEN;
}
