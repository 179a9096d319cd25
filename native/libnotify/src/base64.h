/* Base64 with padding, RFC 4648 section 4. */
#ifndef NOTIFY_BASE64_H
#define NOTIFY_BASE64_H

#include "bytes.h"

void base64_append(struct bytes *out, const uint8_t *from, size_t count);

#endif
