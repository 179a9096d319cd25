/* A growable run of bytes: the one owner of heap text in this library. Not shared between threads. */
#ifndef NOTIFY_BYTES_H
#define NOTIFY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *at;
	size_t used;
	size_t capacity;
	bool failed; /* memory ran out at some append; the content is then incomplete */
};

/* Makes room for `more` bytes after `used`. False, and `failed` set, when there is no memory. */
bool bytes_reserve(struct bytes *bytes, size_t more);
/* Appends a copy. After a failure every append does nothing, so that one check at the end is enough. */
void bytes_append(struct bytes *bytes, const void *from, size_t count);
void bytes_append_text(struct bytes *bytes, const char *text);
void bytes_append_byte(struct bytes *bytes, uint8_t byte);
/* Ends the content with a NUL that `used` does not count and hands the memory to the caller, who frees it.
 * NULL after a failure (the memory is then freed here). `bytes` is empty afterwards. */
char *bytes_take_text(struct bytes *bytes);
/* Frees the memory; twice is fine. */
void bytes_free(struct bytes *bytes);

#endif
