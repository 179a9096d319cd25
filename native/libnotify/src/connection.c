#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

static pthread_mutex_t descriptor_lock = PTHREAD_MUTEX_INITIALIZER;

void connection_init(struct connection *connection)
{
	*connection = (struct connection){ .fd = -1 };
}

static void forget_addresses(struct connection *connection)
{
	if (connection->addresses != NULL)
		freeaddrinfo(connection->addresses);
	free(connection->resolved_host);
	free(connection->resolved_port);
	connection->addresses = NULL;
	connection->resolved_host = NULL;
	connection->resolved_port = NULL;
}

static bool is_resolved(const struct connection *connection, const struct url *origin)
{
	return connection->addresses != NULL && strcasecmp(connection->resolved_host, origin->host) == 0 &&
	       strcmp(connection->resolved_port, origin->port) == 0;
}

bool connection_serves(const struct connection *connection, const struct url *url)
{
	return connection->fd >= 0 && is_resolved(connection, url);
}

static bool resolve(struct connection *connection, const struct url *origin)
{
	if (is_resolved(connection, origin))
		return true;
	forget_addresses(connection);
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	connection->resolved_host = strdup(origin->host);
	connection->resolved_port = strdup(origin->port);
	bool good = connection->resolved_host != NULL && connection->resolved_port != NULL &&
		    getaddrinfo(origin->host, origin->port, &hints, &connection->addresses) == 0;
	if (!good)
		forget_addresses(connection);
	return good;
}

static bool open_socket(struct connection *connection, int family)
{
	pthread_mutex_lock(&descriptor_lock);
	connection->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	pthread_mutex_unlock(&descriptor_lock);
	if (connection->fd < 0)
		return false;
	int on = 1;
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return true;
}

void connection_close(struct connection *connection)
{
	if (connection->fd < 0)
		return;
	pthread_mutex_lock(&descriptor_lock);
	close(connection->fd);
	connection->fd = -1;
	pthread_mutex_unlock(&descriptor_lock);
}

/* Waits for a connect() under way. */
static bool wait_connected(int fd, int64_t deadline_ns)
{
	struct pollfd watched = { .fd = fd, .events = POLLOUT };
	for (;;) {
		int64_t left_ns = deadline_ns - monotonic_ns();
		if (left_ns <= 0)
			return false;
		struct timespec left = timespec_of(left_ns);
		int ready = ppoll(&watched, 1, &left, NULL);
		if (ready < 0 && errno != EINTR)
			return false;
		if (ready > 0)
			break;
	}
	int error = 0;
	socklen_t bytes = sizeof error;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 && error == 0;
}

static bool connect_address(struct connection *connection, const struct addrinfo *address,
			    int64_t deadline_ns)
{
	if (!open_socket(connection, address->ai_family))
		return false;
	if (connect(connection->fd, address->ai_addr, address->ai_addrlen) == 0)
		return true;
	if (errno == EINPROGRESS && wait_connected(connection->fd, deadline_ns))
		return true;
	connection_close(connection);
	return false;
}

/* A free port of this machine may be the very one a local connect() to it picks as its own; the kernel
 * then connects the socket to itself, and the library would read its own requests. */
static bool is_connected_to_itself(int fd)
{
	struct sockaddr_storage own, peer;
	socklen_t own_bytes = sizeof own, peer_bytes = sizeof peer;
	memset(&own, 0, sizeof own);
	memset(&peer, 0, sizeof peer);
	if (getsockname(fd, (struct sockaddr *)&own, &own_bytes) != 0 ||
	    getpeername(fd, (struct sockaddr *)&peer, &peer_bytes) != 0)
		return false;
	return own_bytes == peer_bytes && memcmp(&own, &peer, own_bytes) == 0;
}

bool connection_open(struct connection *connection, const struct url *origin, int64_t deadline_ns)
{
	connection_close(connection);
	if (!resolve(connection, origin))
		return false;
	const struct addrinfo *address = connection->addresses;
	for (; address != NULL; address = address->ai_next) {
		if (!connect_address(connection, address, deadline_ns))
			continue;
		if (!is_connected_to_itself(connection->fd))
			return true;
		connection_close(connection);
	}
	forget_addresses(connection);
	return false;
}

ssize_t connection_send(struct connection *connection, const struct iovec *parts, size_t count)
{
	struct msghdr message = { .msg_iov = (struct iovec *)parts, .msg_iovlen = count };
	ssize_t sent;
	do {
		sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -1;
}

ssize_t connection_receive(struct connection *connection, uint8_t *to, size_t count)
{
	ssize_t received;
	do {
		received = recv(connection->fd, to, count, MSG_DONTWAIT);
	} while (received < 0 && errno == EINTR);
	if (received >= 0)
		return received;
	return errno == EAGAIN || errno == EWOULDBLOCK ? RECEIVED_NOTHING_YET : RECEIVED_BROKEN;
}

void connection_fork_prepare(void)
{
	pthread_mutex_lock(&descriptor_lock);
}

void connection_fork_parent(void)
{
	pthread_mutex_unlock(&descriptor_lock);
}

void connection_fork_child(struct connection *connection)
{
	pthread_mutex_unlock(&descriptor_lock);
	if (connection->fd >= 0)
		close(connection->fd);
	/* The addresses are left where they are: the parent's worker may have been changing them. */
	connection_init(connection);
}
