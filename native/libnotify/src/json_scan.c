#include "json_scan.h"

#include <string.h>

#include "json_text.h"

enum expected { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COLON, COMMA_OR_END, END_OF_TEXT };

struct scan {
	const uint8_t *at;
	const uint8_t *end;
	struct bytes *out;
	size_t depth;
	uint8_t in_object[JSON_DEPTH_MAX / 8 + 1]; /* one bit per open container */
};

static void emit(struct scan *scan, const uint8_t *from, size_t count)
{
	if (scan->out != NULL)
		bytes_append(scan->out, from, count);
}

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

const uint8_t *json_skip_space(const uint8_t *at, const uint8_t *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* Bytes of the escape sequence at `at` (which is a backslash), 0 when it is none. */
static size_t escape_length(const uint8_t *at, const uint8_t *end)
{
	if (end - at < 2)
		return 0;
	if (at[1] != 'u')
		return at[1] != 0 && strchr("\"\\/bfnrt", at[1]) != NULL ? 2 : 0;
	if (end - at < 6)
		return 0;
	return is_hex(at[2]) && is_hex(at[3]) && is_hex(at[4]) && is_hex(at[5]) ? 6 : 0;
}

/* Takes a string whose opening quote is at scan->at. */
static bool take_string(struct scan *scan)
{
	const uint8_t *run = scan->at;
	const uint8_t *at = scan->at + 1;
	while (at < scan->end && *at != '"') {
		size_t replaced = json_escaped_bytes(at, scan->end);
		if (replaced > 0) {
			emit(scan, run, (size_t)(at - run));
			if (scan->out != NULL)
				json_append_escape(scan->out, at);
			at += replaced;
			run = at;
		} else if (*at == '\\') {
			size_t escape = escape_length(at, scan->end);
			if (escape == 0)
				return false;
			at += escape;
		} else if (*at < 0x20) {
			return false;
		} else {
			at++;
		}
	}
	if (at == scan->end)
		return false;
	emit(scan, run, (size_t)(at + 1 - run));
	scan->at = at + 1;
	return true;
}

static const uint8_t *skip_digits(const uint8_t *at, const uint8_t *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

static bool take_number(struct scan *scan)
{
	const uint8_t *at = scan->at;
	const uint8_t *end = scan->end;
	if (at < end && *at == '-')
		at++;
	if (at == end || !is_digit(*at))
		return false;
	at = *at == '0' ? at + 1 : skip_digits(at, end);
	if (at < end && *at == '.') {
		const uint8_t *fraction = at + 1;
		at = skip_digits(fraction, end);
		if (at == fraction)
			return false;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		const uint8_t *exponent = at;
		at = skip_digits(exponent, end);
		if (at == exponent)
			return false;
	}
	emit(scan, scan->at, (size_t)(at - scan->at));
	scan->at = at;
	return true;
}

static bool take_literal(struct scan *scan, const char *literal)
{
	size_t count = strlen(literal);
	if ((size_t)(scan->end - scan->at) < count || memcmp(scan->at, literal, count) != 0)
		return false;
	emit(scan, scan->at, count);
	scan->at += count;
	return true;
}

static bool open_container(struct scan *scan, bool is_object)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return false;
	uint8_t bit = (uint8_t)(1u << (scan->depth % 8));
	if (is_object)
		scan->in_object[scan->depth / 8] |= bit;
	else
		scan->in_object[scan->depth / 8] &= (uint8_t)~bit;
	scan->depth++;
	emit(scan, scan->at++, 1);
	return true;
}

static bool in_object(const struct scan *scan)
{
	size_t top = scan->depth - 1;
	return (scan->in_object[top / 8] >> (top % 8)) & 1;
}

/* Takes the closing bracket at scan->at when it fits the innermost container. */
static bool close_container(struct scan *scan)
{
	if (scan->depth == 0 || *scan->at != (in_object(scan) ? '}' : ']'))
		return false;
	scan->depth--;
	emit(scan, scan->at++, 1);
	return true;
}

static bool take_value(struct scan *scan, enum expected *next)
{
	*next = scan->depth == 0 ? END_OF_TEXT : COMMA_OR_END;
	switch (*scan->at) {
	case '{':
		*next = NAME_OR_END;
		return open_container(scan, true);
	case '[':
		*next = VALUE_OR_END;
		return open_container(scan, false);
	case '"':
		return take_string(scan);
	case 't':
		return take_literal(scan, "true");
	case 'f':
		return take_literal(scan, "false");
	case 'n':
		return take_literal(scan, "null");
	default:
		return take_number(scan);
	}
}

/* Takes one token and says what must come after it. */
static bool take_token(struct scan *scan, enum expected *next)
{
	uint8_t byte = *scan->at;
	bool may_close = *next == VALUE_OR_END || *next == NAME_OR_END || *next == COMMA_OR_END;
	if (may_close && (byte == '}' || byte == ']')) {
		if (!close_container(scan))
			return false;
		*next = scan->depth == 0 ? END_OF_TEXT : COMMA_OR_END;
		return true;
	}
	switch (*next) {
	case VALUE:
	case VALUE_OR_END:
		return take_value(scan, next);
	case NAME:
	case NAME_OR_END:
		*next = COLON;
		return byte == '"' && take_string(scan);
	case COLON:
		*next = VALUE;
		emit(scan, scan->at++, 1);
		return byte == ':';
	case COMMA_OR_END:
		*next = in_object(scan) ? NAME : VALUE;
		emit(scan, scan->at++, 1);
		return byte == ',';
	default:
		return false;
	}
}

bool json_compact(const uint8_t *text, size_t count, struct bytes *out)
{
	struct scan scan = { .at = text, .end = text + count, .out = out };
	enum expected next = VALUE;
	for (;;) {
		scan.at = json_skip_space(scan.at, scan.end);
		if (scan.at == scan.end)
			return next == END_OF_TEXT;
		if (!take_token(&scan, &next))
			return false;
	}
}

static const uint8_t *skip_string(const uint8_t *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

const uint8_t *json_skip_value(const uint8_t *at)
{
	size_t depth = 0;
	if (*at != '{' && *at != '[') {
		if (*at == '"')
			return skip_string(at);
		while (*at != ',' && *at != '}' && *at != ']' && !is_space(*at))
			at++;
		return at;
	}
	do {
		if (*at == '"') {
			at = skip_string(at);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		if (*at == '}' || *at == ']')
			depth--;
		at++;
	} while (depth > 0);
	return at;
}
