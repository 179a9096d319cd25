/* The bytes of one request (docs/protocols/mimo.md sections 2 and 3). */
#ifndef NOTIFY_REQUEST_H
#define NOTIFY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "url.h"

/* True when `method` is an HTTP token (RFC 9110 section 5.6.2); anything else can never be sent. */
bool request_method_is_token(const uint8_t *method, size_t count);
/* Appends the body. False when `payload` is not JSON; `body` then holds a useless beginning. No payload:
 * 0 bytes. */
bool request_append_body(struct bytes *body, const uint8_t *event, size_t event_bytes, const uint8_t *payload,
			 size_t payload_bytes, int64_t unix_s);

/* One request: `body` NULL sends none and no Content-Length; `referer` NULL sends no Referer. */
struct request {
	const char *method;
	const struct url *url;
	const char *referer;
	const struct bytes *body;
};
/* Appends head and body. */
void request_append(struct bytes *out, const struct request *request);

#endif
