#include "url_path.h"

#include <string.h>

static int hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

bool percent_decode(struct bytes *out, const uint8_t *text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text[i] != '%') {
			bytes_append_byte(out, text[i]);
			continue;
		}
		if (count - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
			return false;
		bytes_append_byte(out, (uint8_t)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])));
		i += 2;
	}
	return true;
}

static bool is_one_of(uint8_t byte, const char *set)
{
	return byte != 0 && strchr(set, byte) != NULL;
}

static bool is_plain(uint8_t byte)
{
	bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
	return letter || (byte >= '0' && byte <= '9') || is_one_of(byte, "-_.~$&+,/:;=@");
}

static void append_percent(struct bytes *out, uint8_t byte)
{
	static const char HEX[] = "0123456789ABCDEF";
	const char escape[] = { '%', HEX[byte >> 4], HEX[byte & 15] };
	bytes_append(out, escape, sizeof escape);
}

bool path_encode(struct bytes *out, const uint8_t *path, size_t count)
{
	struct bytes decoded = { 0 };
	bool good = percent_decode(&decoded, path, count);
	bool may_stand = true;
	for (size_t i = 0; i < count; i++)
		may_stand = may_stand && (is_plain(path[i]) || is_one_of(path[i], "!'()*[]%"));
	if (may_stand) {
		bytes_append(out, path, count);
	} else {
		for (size_t i = 0; good && i < decoded.used; i++) {
			if (is_plain(decoded.at[i]))
				bytes_append_byte(out, decoded.at[i]);
			else
				append_percent(out, decoded.at[i]);
		}
	}
	bytes_free(&decoded);
	return good;
}

/* Takes the last segment, with the slash before it, off the end of `out`; `floor` is where the path began. */
static void drop_segment(struct bytes *out, size_t floor)
{
	while (out->used > floor && out->at[out->used - 1] != '/')
		out->used--;
	if (out->used > floor)
		out->used--;
}

void path_remove_dots(struct bytes *out, const uint8_t *path, size_t count)
{
	size_t floor = out->used;
	size_t i = 0;
	while (i < count) {
		size_t start = path[i] == '/' ? i + 1 : i;
		const uint8_t *slash = memchr(path + start, '/', count - start);
		size_t end = slash == NULL ? count : (size_t)(slash - path);
		bool one = end - start == 1 && path[start] == '.';
		bool two = end - start == 2 && path[start] == '.' && path[start + 1] == '.';
		if (two)
			drop_segment(out, floor);
		if ((one || two) && end == count)
			bytes_append_byte(out, '/');
		if (!one && !two) {
			bytes_append_byte(out, '/');
			bytes_append(out, path + start, end - start);
		}
		i = end;
	}
}
