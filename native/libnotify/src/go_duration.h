/* Durations as Go writes them: "2s", "1h2m3.5s", "0" (docs/protocols/mimo.md section 4). */
#ifndef NOTIFY_GO_DURATION_H
#define NOTIFY_GO_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when `text` is no duration or leaves the range of 64-bit nanoseconds. */
bool go_duration_parse(const uint8_t *text, size_t count, int64_t *duration_ns);

#endif
