/* RFC 8259 checker and compactor without recursion (docs/protocols/mimo.md section 2). */
#ifndef NOTIFY_JSON_SCAN_H
#define NOTIFY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* The deepest nesting of containers that counts as valid. */
enum { JSON_DEPTH_MAX = 10000 };

/*
 * True when `text` is exactly one JSON value. With `out` not NULL the value is appended to it without the
 * white space around tokens and with < > & U+2028 U+2029 escaped inside strings; everything else stays
 * byte for byte. When the answer is false, `out` holds a useless beginning. Uses constant stack whatever
 * the nesting.
 */
bool json_compact(const uint8_t *text, size_t count, struct bytes *out);

/* Start just after a valid value's last byte; `at` points to its first byte and the text is known to be
 * valid JSON. */
const uint8_t *json_skip_value(const uint8_t *at);
/* First byte that is not JSON white space, at or after `at` and before `end`. */
const uint8_t *json_skip_space(const uint8_t *at, const uint8_t *end);

#endif
