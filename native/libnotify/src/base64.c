#include "base64.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_append(struct bytes *out, const uint8_t *from, size_t count)
{
	for (size_t i = 0; i < count; i += 3) {
		size_t left = count - i;
		uint32_t group = (uint32_t)from[i] << 16;
		group |= left > 1 ? (uint32_t)from[i + 1] << 8 : 0;
		group |= left > 2 ? from[i + 2] : 0u;
		bytes_append_byte(out, (uint8_t)ALPHABET[group >> 18]);
		bytes_append_byte(out, (uint8_t)ALPHABET[group >> 12 & 63]);
		bytes_append_byte(out, left > 1 ? (uint8_t)ALPHABET[group >> 6 & 63] : '=');
		bytes_append_byte(out, left > 2 ? (uint8_t)ALPHABET[group & 63] : '=');
	}
}
