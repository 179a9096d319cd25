#include "bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

bool bytes_reserve(struct bytes *bytes, size_t more)
{
	if (bytes->failed || more > SIZE_MAX / 4 - bytes->used) {
		bytes->failed = true;
		return false;
	}
	size_t needed = bytes->used + more;
	if (needed <= bytes->capacity)
		return true;
	size_t capacity = bytes->capacity > 0 ? bytes->capacity : FIRST_CAPACITY;
	while (capacity < needed)
		capacity *= 2;
	uint8_t *grown = realloc(bytes->at, capacity);
	if (grown == NULL) {
		bytes->failed = true;
		return false;
	}
	bytes->at = grown;
	bytes->capacity = capacity;
	return true;
}

void bytes_append(struct bytes *bytes, const void *from, size_t count)
{
	if (count == 0 || !bytes_reserve(bytes, count))
		return;
	memcpy(bytes->at + bytes->used, from, count);
	bytes->used += count;
}

void bytes_append_text(struct bytes *bytes, const char *text)
{
	bytes_append(bytes, text, strlen(text));
}

void bytes_append_byte(struct bytes *bytes, uint8_t byte)
{
	bytes_append(bytes, &byte, 1);
}

char *bytes_take_text(struct bytes *bytes)
{
	bytes_append_byte(bytes, 0);
	char *text = NULL;
	if (!bytes->failed) {
		text = (char *)bytes->at;
		bytes->at = NULL;
	}
	bytes_free(bytes);
	return text;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){ 0 };
}
