/* The settings of the configuration file and their rules (docs/protocols/mimo.md section 4). */
#ifndef NOTIFY_SETTINGS_H
#define NOTIFY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* Texts are owned by the struct and counted, since JSON text may hold NUL; a NUL follows each for C
 * readers. */
struct settings {
	struct bytes endpoint;
	struct bytes method;
	struct bytes source;
	int64_t timeout_ns; /* 0 = no limit; negative = every attempt fails */
	int64_t retry;
	int64_t retry_backoff_ms;
};

/* All defaults. False without memory. Free with settings_free() either way. */
bool settings_init(struct settings *settings);
/*
 * Applies the text of a configuration file. False when the file makes the library unusable for good;
 * `problem` then points to a constant text. `settings` must come from settings_init().
 */
bool settings_apply(struct settings *settings, const uint8_t *text, size_t count, const char **problem);
void settings_free(struct settings *settings);

#endif
