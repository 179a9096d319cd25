/*
 * One TCP connection of the worker. Never raises SIGPIPE; every call but connection_open() returns at once.
 * Worker thread only, except for the three functions around fork().
 */
#ifndef NOTIFY_CONNECTION_H
#define NOTIFY_CONNECTION_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "url.h"

enum { RECEIVED_NOTHING_YET = -1, RECEIVED_BROKEN = -2, RECEIVED_END = 0 };

struct connection {
	int fd; /* -1 = closed */
	struct addrinfo *addresses; /* of `resolved_*`, kept until connecting fails */
	char *resolved_host;
	char *resolved_port;
};

/* Once, and in a forked child again. */
void connection_init(struct connection *connection);
/* Connects; blocks until it stands or `deadline_ns` (monotonic) has passed. Looking up a name may take
 * longer. */
bool connection_open(struct connection *connection, const struct url *origin, int64_t deadline_ns);
/* True when it stands and leads to the host and port of `url`. */
bool connection_serves(const struct connection *connection, const struct url *url);
/* Bytes the kernel took, 0 when it takes none now, -1 when the connection is broken. */
ssize_t connection_send(struct connection *connection, const struct iovec *parts, size_t count);
/* Bytes received, or one of the three RECEIVED_ values. */
ssize_t connection_receive(struct connection *connection, uint8_t *to, size_t count);
/* Twice is fine. */
void connection_close(struct connection *connection);

/* Around fork(): while the lock is held no descriptor exists that the struct does not name, so the child
 * can close it. */
void connection_fork_prepare(void);
void connection_fork_parent(void);
void connection_fork_child(struct connection *connection);

#endif
