#include "seqpacket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const napi_type_tag SEQPACKET_TAG = {0x5ea9ac4e70000001ULL, 0x51a1b0c5ULL};

static void finalize_socket(napi_env env, void *data, void *hint) {
  struct seqpacket *socket = data;
  seqpacket_close_now(socket);
  seqpacket_release(socket);
}

void seqpacket_release(struct seqpacket *socket) {
  socket->owners -= 1;
  if (socket->owners == 0) free(socket);
}

napi_value seqpacket_wrap(napi_env env, int fd) {
  struct seqpacket *socket = calloc(1, sizeof *socket);
  napi_value object = NULL;
  if (socket == NULL) {
    close(fd);
    return throw_errno(env, "socket", ENOMEM);
  }
  socket->env = env;
  socket->fd = fd;
  socket->owners = 1;
  if (check(env, napi_create_object(env, &object)) &&
      check(env, napi_wrap(env, object, socket, finalize_socket, NULL, NULL))) {
    if (check(env, napi_type_tag_object(env, object, &SEQPACKET_TAG))) return object;
    return NULL; /* the finalizer closes the descriptor */
  }
  close(fd);
  free(socket);
  return NULL;
}

struct seqpacket *seqpacket_of(napi_env env, napi_value value) {
  struct seqpacket *socket = argument_wrapped(env, value, &SEQPACKET_TAG, "a socket of this addon is needed");
  if (socket == NULL) return NULL;
  if (socket->fd >= 0) return socket;
  throw_errno(env, "socket is closed", EBADF);
  return NULL;
}

static bool make_address(napi_env env, napi_value value, struct sockaddr_un *address) {
  char path[PATH_BYTES_MAX];
  size_t length = 0;
  if (!argument_path(env, value, path, &length)) return false;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (length >= sizeof address->sun_path) {
    throw_errno(env, "socket path", ENAMETOOLONG);
    return false;
  }
  memcpy(address->sun_path, path, length + 1);
  return true;
}

static int open_socket(void) { return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

/* listen(path, backlog): bound, 0600 before the first connect can succeed, then listening. EADDRINUSE when the path exists. */
static napi_value seqpacket_listen(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct sockaddr_un address;
  uint32_t backlog = 0;
  if (!arguments_read(env, info, 2, values) || !make_address(env, values[0], &address) ||
      !argument_u32(env, values[1], &backlog))
    return NULL;
  int fd = open_socket();
  if (fd < 0) return throw_errno(env, "socket", errno);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
    int error_number = errno;
    close(fd);
    return throw_errno(env, "bind", error_number);
  }
  /* A connect to a bound socket that does not listen yet is refused, so nobody slips in before the mode is right. */
  if (chmod(address.sun_path, 0600) != 0 || listen(fd, (int)(backlog > 4096 ? 4096 : backlog)) != 0) {
    int error_number = errno;
    unlink(address.sun_path);
    close(fd);
    return throw_errno(env, "listen", error_number);
  }
  return seqpacket_wrap(env, fd);
}

/* connect(path): EAGAIN when the listener's backlog is full. */
static napi_value seqpacket_connect(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct sockaddr_un address;
  if (!arguments_read(env, info, 1, values) || !make_address(env, values[0], &address)) return NULL;
  int fd = open_socket();
  if (fd < 0) return throw_errno(env, "socket", errno);
  int result;
  do result = connect(fd, (const struct sockaddr *)&address, sizeof address);
  while (result != 0 && errno == EINTR);
  if (result != 0) {
    int error_number = errno;
    close(fd);
    return throw_errno(env, "connect", error_number);
  }
  return seqpacket_wrap(env, fd);
}

int seqpacket_accept_fd(int listener) {
  int fd;
  do fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  return fd < 0 ? -errno : fd;
}

/* accept(listener): a socket, or null when nobody waits. */
static napi_value seqpacket_accept(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct seqpacket *listener = NULL;
  if (!arguments_read(env, info, 1, values) || (listener = seqpacket_of(env, values[0])) == NULL) return NULL;
  int fd = seqpacket_accept_fd(listener->fd);
  if (fd >= 0) return seqpacket_wrap(env, fd);
  if (fd != -EAGAIN) return throw_errno(env, "accept", -fd);
  napi_value null_value = NULL;
  return check(env, napi_get_null(env, &null_value)) ? null_value : NULL;
}

/* send(socket, head, body?): one packet of both parts. False when the peer's queue is full: nothing was sent. */
static napi_value seqpacket_send(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct seqpacket *target = NULL;
  struct bytes head;
  struct bytes body;
  if (!arguments_read(env, info, 3, values) || (target = seqpacket_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &head) || !argument_optional_bytes(env, values[2], &body))
    return NULL;
  struct iovec parts[2] = {{head.data, head.length}, {body.data, body.length}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t sent;
  do sent = body.length > 0 ? sendmsg(target->fd, &message, MSG_NOSIGNAL)
                            : send(target->fd, head.data, head.length, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    seqpacket_count_sent(target, 1);
    return make_bool(env, true);
  }
  if (errno == EAGAIN) return make_bool(env, false);
  return throw_errno(env, "sendmsg", errno);
}

int seqpacket_receive_into(int fd, struct bytes into) {
  ssize_t received;
  /* With MSG_TRUNC the real length is told, and recv costs less than recvmsg. Descriptors a peer may have attached are dropped. */
  do received = recv(fd, into.data, into.length, MSG_TRUNC);
  while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;
  if ((size_t)received > into.length) return -EMSGSIZE;
  return (int)received;
}

/* receive(socket, buffer): length, 0 at end of file, -1 when nothing is there. EMSGSIZE when the packet was longer than the buffer. */
static napi_value seqpacket_receive(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct seqpacket *source = NULL;
  struct bytes into;
  if (!arguments_read(env, info, 2, values) || (source = seqpacket_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into))
    return NULL;
  int received = seqpacket_receive_into(source->fd, into);
  if (received == -EAGAIN) return make_i32(env, -1);
  if (received < 0) return throw_errno(env, "recvmsg", -received);
  return make_i32(env, received);
}

/* wait(socket, forWriting, timeoutMs): blocks this thread, so only for workers. True when ready; timeout < 0 = for ever. */
static napi_value seqpacket_wait(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct seqpacket *source = NULL;
  bool for_writing = false;
  int32_t timeout_ms = 0;
  if (!arguments_read(env, info, 3, values) || (source = seqpacket_of(env, values[0])) == NULL ||
      !argument_bool(env, values[1], &for_writing) || !argument_i32(env, values[2], &timeout_ms))
    return NULL;
  struct pollfd watched = {.fd = source->fd, .events = for_writing ? POLLOUT : POLLIN};
  int ready = poll(&watched, 1, timeout_ms);
  if (ready < 0 && errno != EINTR) return throw_errno(env, "poll", errno);
  return make_bool(env, ready > 0);
}

/*
 * exchange(socket, packet, buffer, timeoutMs): sends one packet and waits for the next one: its length, 0 at end of file, -1 when
 * nothing came in time. Blocks this thread, so only for workers; one call instead of three.
 */
static napi_value seqpacket_exchange(napi_env env, napi_callback_info info) {
  napi_value values[4];
  struct seqpacket *target = NULL;
  struct bytes packet;
  struct bytes into;
  int32_t timeout_ms = 0;
  if (!arguments_read(env, info, 4, values) || (target = seqpacket_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &packet) || !argument_bytes(env, values[2], &into) ||
      !argument_i32(env, values[3], &timeout_ms))
    return NULL;
  ssize_t sent;
  do sent = send(target->fd, packet.data, packet.length, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return throw_errno(env, "send", errno);
  struct pollfd watched = {.fd = target->fd, .events = POLLIN};
  int ready;
  do ready = poll(&watched, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  if (ready < 0) return throw_errno(env, "poll", errno);
  if (ready == 0) return make_i32(env, -1);
  int received = seqpacket_receive_into(target->fd, into);
  if (received == -EAGAIN) return make_i32(env, -1);
  return received < 0 ? throw_errno(env, "recvmsg", -received) : make_i32(env, received);
}

/* peer(socket): { pid, uid, gid } of the process that connected or listened, as the kernel saw it then. */
static napi_value seqpacket_peer(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct seqpacket *source = NULL;
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (!arguments_read(env, info, 1, values) || (source = seqpacket_of(env, values[0])) == NULL) return NULL;
  if (getsockopt(source->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
    return throw_errno(env, "SO_PEERCRED", errno);
  napi_value object;
  napi_value pid = make_f64(env, credentials.pid);
  napi_value uid = make_f64(env, credentials.uid);
  napi_value gid = make_f64(env, credentials.gid);
  if (pid == NULL || uid == NULL || gid == NULL || !check(env, napi_create_object(env, &object)) ||
      !check(env, napi_set_named_property(env, object, "pid", pid)) ||
      !check(env, napi_set_named_property(env, object, "uid", uid)) ||
      !check(env, napi_set_named_property(env, object, "gid", gid)))
    return NULL;
  return object;
}

static napi_value seqpacket_send_buffer_bytes(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct seqpacket *source = NULL;
  int bytes = 0;
  socklen_t length = sizeof bytes;
  if (!arguments_read(env, info, 1, values) || (source = seqpacket_of(env, values[0])) == NULL) return NULL;
  if (getsockopt(source->fd, SOL_SOCKET, SO_SNDBUF, &bytes, &length) != 0) return throw_errno(env, "SO_SNDBUF", errno);
  return make_i32(env, bytes);
}

/* shutdownSending(socket): the peer reads what was sent, then end of file. */
static napi_value seqpacket_shutdown_sending(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct seqpacket *source = NULL;
  if (!arguments_read(env, info, 1, values) || (source = seqpacket_of(env, values[0])) == NULL) return NULL;
  if (shutdown(source->fd, SHUT_WR) != 0 && errno != ENOTCONN) return throw_errno(env, "shutdown", errno);
  return make_undefined(env);
}

/* close(socket): idempotent. */
static napi_value seqpacket_close(napi_env env, napi_callback_info info) {
  napi_value values[1];
  void *data = NULL;
  if (!arguments_read(env, info, 1, values)) return NULL;
  data = argument_wrapped(env, values[0], &SEQPACKET_TAG, "a socket of this addon is needed");
  if (data == NULL) return NULL;
  seqpacket_close_now(data);
  return make_undefined(env);
}

bool seqpacket_register(napi_env env, napi_value exports) {
  return define_function(env, exports, "seqpacketListen", seqpacket_listen) &&
         define_function(env, exports, "seqpacketConnect", seqpacket_connect) &&
         define_function(env, exports, "seqpacketAccept", seqpacket_accept) &&
         define_function(env, exports, "seqpacketSend", seqpacket_send) &&
         define_function(env, exports, "seqpacketReceive", seqpacket_receive) &&
         define_function(env, exports, "seqpacketWait", seqpacket_wait) &&
         define_function(env, exports, "seqpacketExchange", seqpacket_exchange) &&
         define_function(env, exports, "seqpacketPeer", seqpacket_peer) &&
         define_function(env, exports, "seqpacketSendBufferBytes", seqpacket_send_buffer_bytes) &&
         define_function(env, exports, "seqpacketShutdownSending", seqpacket_shutdown_sending) &&
         define_function(env, exports, "seqpacketWatchPackets", seqpacket_watch_packets) &&
         define_function(env, exports, "seqpacketWatchBatches", seqpacket_watch_batches) &&
         define_function(env, exports, "seqpacketFlush", seqpacket_flush) &&
         define_function(env, exports, "seqpacketWatchConnections", seqpacket_watch_connections) &&
         define_function(env, exports, "seqpacketOnceWritable", seqpacket_once_writable) &&
         define_function(env, exports, "seqpacketUnwatch", seqpacket_unwatch) &&
         define_function(env, exports, "seqpacketClose", seqpacket_close);
}
