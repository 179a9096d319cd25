/* The events real programs emit (tests/vectors/mimo/events-catalog.json), with values that vary. */
#ifndef LAB_EVENTS_H
#define LAB_EVENTS_H

#include <stddef.h>
#include <stdint.h>

enum { LAB_PAYLOAD_BYTES_MAX = 512 };

/* A repeatable source of chance; any seed but 0. */
struct lab_chance {
	uint64_t state;
};

/* An everyday event: returns its name and writes the payload, "" for none, to `payload`. */
const char *lab_ordinary_event(struct lab_chance *chance, char payload[LAB_PAYLOAD_BYTES_MAX]);
/* An event of an error burst. */
const char *lab_error_event(struct lab_chance *chance, char payload[LAB_PAYLOAD_BYTES_MAX]);
/* What a program sends when it starts. */
const char *lab_start_event(char payload[LAB_PAYLOAD_BYTES_MAX]);

#endif
