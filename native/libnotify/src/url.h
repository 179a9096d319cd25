/* Endpoint and redirect addresses: what Go's net/url makes of them (docs/protocols/mimo.md section 3). */
#ifndef NOTIFY_URL_H
#define NOTIFY_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* All texts are heap texts of the struct; url_free() frees them. */
struct url {
	char *authority;     /* for the Host header: name or address, with the port as written */
	char *host;          /* name or address alone, without brackets */
	char *port;          /* decimal, "80" when not written */
	char *request_path;  /* percent-encoded path with the query, begins with a slash */
	char *authorization; /* value of the Authorization header, NULL without user info */
	char *text;          /* the address without user info and fragment, for redirects and the Referer header */
};

enum url_verdict { URL_GOOD, URL_UNUSABLE, URL_NEEDS_TLS };

/* Fills `url` for http addresses; otherwise `url` is empty. URL_NEEDS_TLS means a https address. */
enum url_verdict url_parse(struct url *url, const uint8_t *text, size_t count);
/* The address that `location` (the value of a Location header) means when it came from `base`. */
enum url_verdict url_resolve(struct url *url, const struct url *base, const char *location);
void url_free(struct url *url);

#endif
