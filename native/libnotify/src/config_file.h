/* Which configuration file is used, and its text (docs/protocols/mimo.md section 4). */
#ifndef NOTIFY_CONFIG_FILE_H
#define NOTIFY_CONFIG_FILE_H

#include <stdbool.h>

#include "bytes.h"
#include "settings.h"

/*
 * Reads the first existing file of the search order, with the environment and working directory of this
 * moment, and fills `settings` (which the caller frees whatever the answer). False when the library is
 * unusable for good. `*file` becomes the path used, heap text owned by the caller, or NULL for the built-
 * in defaults; `*problem` a constant text, or NULL. Blocks on the file system.
 */
bool config_load(struct settings *settings, char **file, const char **problem);

#endif
