/* Text of one JSON string: escaping as Go's encoder does it, and back (docs/protocols/mimo.md section 2). */
#ifndef NOTIFY_JSON_TEXT_H
#define NOTIFY_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* How many bytes at `at` are < > & U+2028 or U+2029, which become a \u escape; 0 for anything else. at <
 * end. */
size_t json_escaped_bytes(const uint8_t *at, const uint8_t *end);
/* Appends the \u escape of the character json_escaped_bytes() found at `at`. */
void json_append_escape(struct bytes *out, const uint8_t *at);
/* Appends `text` as a JSON string with its quotes; every byte that is not UTF-8 becomes the escape \ufffd. */
void json_append_string(struct bytes *out, const uint8_t *text, size_t count);
/* Appends the UTF-8 text of the valid JSON string whose opening quote is at `at`. Lone surrogates and
 * bytes that are not UTF-8 become U+FFFD. */
void json_append_decoded(struct bytes *out, const uint8_t *at);

#endif
