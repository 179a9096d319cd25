#include "json_text.h"

#include <stdbool.h>

static const char HEX[] = "0123456789abcdef";
static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

size_t json_escaped_bytes(const uint8_t *at, const uint8_t *end)
{
	if (*at == '<' || *at == '>' || *at == '&')
		return 1;
	if (*at == 0xe2 && end - at >= 3 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9))
		return 3;
	return 0;
}

void json_append_escape(struct bytes *out, const uint8_t *at)
{
	if (*at == 0xe2) {
		bytes_append_text(out, at[2] == 0xa8 ? "\\u2028" : "\\u2029");
		return;
	}
	const char escape[] = { '\\', 'u', '0', '0', HEX[*at >> 4], HEX[*at & 15] };
	bytes_append(out, escape, sizeof escape);
}

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Bytes of the UTF-8 character at `at`, 0 when there is none (overlong forms and surrogates are none). */
static size_t utf8_length(const uint8_t *at, size_t count)
{
	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		return count >= 2 && is_continuation(at[1]) ? 2 : 0;
	if (at[0] >= 0xe0 && at[0] <= 0xef) {
		if (count < 3 || !is_continuation(at[1]) || !is_continuation(at[2]))
			return 0;
		bool overlong = at[0] == 0xe0 && at[1] < 0xa0;
		bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
		return overlong || surrogate ? 0 : 3;
	}
	if (at[0] < 0xf0 || at[0] > 0xf4 || count < 4)
		return 0;
	if (!is_continuation(at[1]) || !is_continuation(at[2]) || !is_continuation(at[3]))
		return 0;
	bool overlong = at[0] == 0xf0 && at[1] < 0x90;
	bool beyond = at[0] == 0xf4 && at[1] >= 0x90;
	return overlong || beyond ? 0 : 4;
}

static void append_control(struct bytes *out, uint8_t byte)
{
	static const char SHORT[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	for (const char *pair = SHORT; *pair != 0; pair += 2) {
		if ((uint8_t)*pair == byte) {
			bytes_append_byte(out, '\\');
			bytes_append_byte(out, (uint8_t)pair[1]);
			return;
		}
	}
	json_append_escape(out, &byte);
}

void json_append_string(struct bytes *out, const uint8_t *text, size_t count)
{
	const uint8_t *end = text + count;
	const uint8_t *at = text;
	bytes_append_byte(out, '"');
	while (at < end) {
		size_t escaped = json_escaped_bytes(at, end);
		size_t length = utf8_length(at, (size_t)(end - at));
		if (escaped > 0) {
			json_append_escape(out, at);
			at += escaped;
		} else if (*at < 0x20 || *at == '"' || *at == '\\') {
			append_control(out, *at++);
		} else if (length == 0) {
			bytes_append_text(out, "\\ufffd");
			at++;
		} else {
			bytes_append(out, at, length);
			at += length;
		}
	}
	bytes_append_byte(out, '"');
}

static uint32_t hex_digit(uint8_t byte)
{
	return byte <= '9' ? (uint32_t)(byte - '0') : (uint32_t)(byte | 0x20) - 'a' + 10;
}

/* Value of the \uXXXX escape at `at`; 0x110000, which no escape can give, when there is no such escape. */
static uint32_t unicode_escape(const uint8_t *at)
{
	if (at[0] != '\\' || at[1] != 'u')
		return 0x110000;
	return hex_digit(at[2]) << 12 | hex_digit(at[3]) << 8 | hex_digit(at[4]) << 4 | hex_digit(at[5]);
}

static void append_code_point(struct bytes *out, uint32_t code)
{
	if (code < 0x80) {
		bytes_append_byte(out, (uint8_t)code);
		return;
	}
	uint8_t utf8[4];
	size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t LEAD[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = count; i-- > 1; code >>= 6)
		utf8[i] = (uint8_t)(0x80 | (code & 0x3f));
	utf8[0] = (uint8_t)(LEAD[count] | code);
	bytes_append(out, utf8, count);
}

/* Takes the \u escape at `at`, with its second half when both make one character. Returns the bytes taken. */
static size_t append_unicode_escape(struct bytes *out, const uint8_t *at)
{
	uint32_t code = unicode_escape(at);
	if (code < 0xd800 || code > 0xdfff) {
		append_code_point(out, code);
		return 6;
	}
	uint32_t low = unicode_escape(at + 6);
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff) {
		bytes_append_text(out, REPLACEMENT);
		return 6;
	}
	append_code_point(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	return 12;
}

static uint8_t short_escape(uint8_t letter)
{
	static const char PAIRS[] = "b\bf\fn\nr\rt\t";
	for (const char *pair = PAIRS; *pair != 0; pair += 2)
		if ((uint8_t)*pair == letter)
			return (uint8_t)pair[1];
	return letter;
}

void json_append_decoded(struct bytes *out, const uint8_t *at)
{
	for (at++; *at != '"';) {
		if (*at == '\\' && at[1] == 'u') {
			at += append_unicode_escape(out, at);
		} else if (*at == '\\') {
			bytes_append_byte(out, short_escape(at[1]));
			at += 2;
		} else {
			/* The closing quote is no continuation byte, so a sequence is never read beyond it. */
			size_t length = utf8_length(at, 4);
			if (length == 0)
				bytes_append_text(out, REPLACEMENT);
			else
				bytes_append(out, at, length);
			at += length == 0 ? 1 : length;
		}
	}
}
