/* Percent-encoding of paths as Go sends them (docs/protocols/mimo.md section 3). */
#ifndef NOTIFY_URL_PATH_H
#define NOTIFY_URL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* Appends the decoded text. False at a percent sign without two hex digits. */
bool percent_decode(struct bytes *out, const uint8_t *text, size_t count);
/* Appends a path as it stands when every byte may stand in a path, else decoded and encoded afresh. False
 * as above. */
bool path_encode(struct bytes *out, const uint8_t *path, size_t count);
/* Appends the path (no query) with its "." and ".." segments applied. */
void path_remove_dots(struct bytes *out, const uint8_t *path, size_t count);

#endif
