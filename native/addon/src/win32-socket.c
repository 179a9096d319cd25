#include "win32-socket.h"

#include <stdio.h>
#include <stdlib.h>

static const napi_type_tag SOCKET_TAG = {0x5ea9ac4e70000001ULL, 0x91be51a1b0c5ULL};

static const struct {
  int number;
  const char *name;
  const char *text;
} ERRORS[] = {
    {PIPE_ENOENT, "ENOENT", "nobody listens on this pipe"},
    {PIPE_EIO, "EIO", "Windows refused the operation"},
    {PIPE_EBADF, "EBADF", "closed, or of the other kind"},
    {PIPE_EAGAIN, "EAGAIN", "every instance of the pipe is taken"},
    {PIPE_ENOMEM, "ENOMEM", "out of memory"},
    {PIPE_EACCES, "EACCES", "the pipe belongs to another user"},
    {PIPE_EINVAL, "EINVAL", "a name of this machine's pipes is needed"},
    {PIPE_EPIPE, "EPIPE", "the other end is gone"},
    {PIPE_EMSGSIZE, "EMSGSIZE", "the message does not fit"},
    {PIPE_ENOTSUP, "ENOTSUP", "not offered on Windows"},
    {PIPE_EADDRINUSE, "EADDRINUSE", "another server has this name"},
};

napi_value throw_errno(napi_env env, const char *what, int error_number) {
  char text[256];
  for (size_t index = 0; index < sizeof ERRORS / sizeof ERRORS[0]; index += 1) {
    if (ERRORS[index].number != error_number) continue;
    snprintf(text, sizeof text, "%s: %s", what, ERRORS[index].text);
    return throw_code(env, ERRORS[index].name, text);
  }
  return throw_code(env, "EUNKNOWN", what);
}

static void finalize_socket(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  pipe_socket_close(data);
  pipe_socket_release(data);
}

void pipe_socket_release(struct pipe_socket *socket) {
  socket->owners -= 1;
  if (socket->owners == 0) free(socket);
}

napi_value pipe_wrap(napi_env env, struct pipe *pipe, struct pipe_listener *listener) {
  napi_value object = NULL;
  struct pipe_socket *socket = calloc(1, sizeof *socket);
  if (socket != NULL) {
    socket->env = env;
    socket->owners = 1;
    socket->pipe = pipe;
    socket->listener = listener;
    if (check(env, napi_create_object(env, &object)) &&
        check(env, napi_wrap(env, object, socket, finalize_socket, NULL, NULL)))
      /* Without its tag nobody can use it, and the finalizer closes it. */
      return check(env, napi_type_tag_object(env, object, &SOCKET_TAG)) ? object : NULL;
  } else {
    throw_errno(env, "socket", PIPE_ENOMEM);
  }
  free(socket);
  if (pipe != NULL) pipe_close(pipe);
  if (listener != NULL) pipe_listener_close(listener);
  return NULL;
}

static struct pipe_socket *socket_of(napi_env env, napi_value value) {
  return argument_wrapped(env, value, &SOCKET_TAG, "a socket of this addon is needed");
}

struct pipe_socket *pipe_of(napi_env env, napi_value value) {
  struct pipe_socket *socket = socket_of(env, value);
  if (socket == NULL || socket->pipe != NULL) return socket;
  throw_errno(env, "socket", PIPE_EBADF);
  return NULL;
}

struct pipe_socket *listener_of(napi_env env, napi_value value) {
  struct pipe_socket *socket = socket_of(env, value);
  if (socket == NULL || socket->listener != NULL) return socket;
  throw_errno(env, "listener", PIPE_EBADF);
  return NULL;
}

/* listen(name, backlog): the number of waiting instances is fixed; the argument is checked and not needed. */
static napi_value socket_listen(napi_env env, napi_callback_info info) {
  napi_value values[2];
  char name[PATH_BYTES_MAX];
  size_t length = 0;
  uint32_t backlog = 0;
  int error = 0;
  if (!arguments_read(env, info, 2, values) || !argument_path(env, values[0], name, &length) ||
      !argument_u32(env, values[1], &backlog))
    return NULL;
  struct pipe_listener *listener = pipe_listen(name, &error);
  return listener == NULL ? throw_errno(env, "listen", -error) : pipe_wrap(env, NULL, listener);
}

/* connect(name): EAGAIN when every instance is taken. */
static napi_value socket_connect(napi_env env, napi_callback_info info) {
  napi_value values[1];
  char name[PATH_BYTES_MAX];
  size_t length = 0;
  int error = 0;
  if (!arguments_read(env, info, 1, values) || !argument_path(env, values[0], name, &length)) return NULL;
  struct pipe *pipe = pipe_connect(name, &error);
  return pipe == NULL ? throw_errno(env, "connect", -error) : pipe_wrap(env, pipe, NULL);
}

/* accept(listener): a socket, or null when nobody waits. */
static napi_value socket_accept(napi_env env, napi_callback_info info) {
  napi_value values[1];
  napi_value null_value = NULL;
  struct pipe_socket *socket = NULL;
  int error = 0;
  if (!arguments_read(env, info, 1, values) || (socket = listener_of(env, values[0])) == NULL) return NULL;
  struct pipe *pipe = pipe_accept(socket->listener, &error);
  if (pipe != NULL) return pipe_wrap(env, pipe, NULL);
  if (error != -PIPE_EAGAIN) return throw_errno(env, "accept", -error);
  return check(env, napi_get_null(env, &null_value)) ? null_value : NULL;
}

/* send(socket, head, body?): one message of both parts. False when the one before is still on its way: nothing was sent. */
static napi_value socket_send(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct pipe_socket *socket = NULL;
  struct bytes head;
  struct bytes body;
  if (!arguments_read(env, info, 3, values) || (socket = pipe_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &head) || !argument_optional_bytes(env, values[2], &body))
    return NULL;
  int sent = pipe_send(socket->pipe, head.data, head.length, body.data, body.length);
  return sent < 0 ? throw_errno(env, "send", -sent) : make_bool(env, sent == 1);
}

/* receive(socket, buffer): length, 0 at end of file, -1 when nothing is there. EMSGSIZE when the message was longer than the buffer. */
static napi_value socket_receive(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct pipe_socket *socket = NULL;
  struct bytes into;
  if (!arguments_read(env, info, 2, values) || (socket = pipe_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into))
    return NULL;
  int received = pipe_receive(socket->pipe, into.data, into.length);
  if (received == -PIPE_EAGAIN) return make_i32(env, -1);
  return received < 0 ? throw_errno(env, "receive", -received) : make_i32(env, received);
}

/* wait(socket, forWriting, timeoutMs): blocks this thread, so only for workers. True when ready; timeout < 0 = for ever. */
static napi_value socket_wait(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct pipe_socket *socket = NULL;
  bool for_writing = false;
  int32_t timeout_ms = 0;
  if (!arguments_read(env, info, 3, values) || (socket = pipe_of(env, values[0])) == NULL ||
      !argument_bool(env, values[1], &for_writing) || !argument_i32(env, values[2], &timeout_ms))
    return NULL;
  return make_bool(env, pipe_wait(socket->pipe, for_writing, timeout_ms));
}

/* exchange(socket, packet, buffer, timeoutMs): sends one message and waits for the next one. Blocks this thread, so only for workers. */
static napi_value socket_exchange(napi_env env, napi_callback_info info) {
  napi_value values[4];
  struct pipe_socket *socket = NULL;
  struct bytes packet;
  struct bytes into;
  int32_t timeout_ms = 0;
  if (!arguments_read(env, info, 4, values) || (socket = pipe_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &packet) || !argument_bytes(env, values[2], &into) ||
      !argument_i32(env, values[3], &timeout_ms))
    return NULL;
  int sent = pipe_send(socket->pipe, packet.data, packet.length, NULL, 0);
  if (sent < 1) return throw_errno(env, "send", sent == 0 ? PIPE_EAGAIN : -sent);
  if (!pipe_wait(socket->pipe, false, timeout_ms)) return make_i32(env, -1);
  int received = pipe_receive(socket->pipe, into.data, into.length);
  if (received == -PIPE_EAGAIN) return make_i32(env, -1);
  return received < 0 ? throw_errno(env, "receive", -received) : make_i32(env, received);
}

/* peer(socket): { pid, uid: -1, gid: -1 }. Windows has no such numbers; the descriptor of the pipe keeps other users out. */
static napi_value socket_peer(napi_env env, napi_callback_info info) {
  napi_value values[1];
  napi_value object;
  struct pipe_socket *socket = NULL;
  if (!arguments_read(env, info, 1, values) || (socket = pipe_of(env, values[0])) == NULL) return NULL;
  napi_value pid = make_f64(env, pipe_peer_process(socket->pipe));
  napi_value nobody = make_f64(env, -1);
  if (pid == NULL || nobody == NULL || !check(env, napi_create_object(env, &object)) ||
      !check(env, napi_set_named_property(env, object, "pid", pid)) ||
      !check(env, napi_set_named_property(env, object, "uid", nobody)) ||
      !check(env, napi_set_named_property(env, object, "gid", nobody)))
    return NULL;
  return object;
}

/* What one message may have: a pipe takes any length, whatever its buffers hold. */
static napi_value socket_send_buffer_bytes(napi_env env, napi_callback_info info) {
  napi_value values[1];
  if (!arguments_read(env, info, 1, values) || pipe_of(env, values[0]) == NULL) return NULL;
  return make_i32(env, INT32_MAX);
}

/* shutdownSending(socket): pipes have no half that could be closed; what was sent can be read after close all the same. */
static napi_value socket_shutdown_sending(napi_env env, napi_callback_info info) {
  napi_value values[1];
  if (!arguments_read(env, info, 1, values) || pipe_of(env, values[0]) == NULL) return NULL;
  return make_undefined(env);
}

/* close(socket): idempotent. */
static napi_value socket_close(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct pipe_socket *socket = NULL;
  if (!arguments_read(env, info, 1, values) || (socket = socket_of(env, values[0])) == NULL) return NULL;
  pipe_socket_close(socket);
  return make_undefined(env);
}

/*
 * What has no like on Windows: shared memory of sessions, whose profile is not proposed there; many packets a turn; the lock on a folder,
 * which pipes do not stand in. A caller that asks all the same is told.
 */
static napi_value not_offered(napi_env env, napi_callback_info info) {
  (void)info;
  return throw_errno(env, "this function", PIPE_ENOTSUP);
}

bool win32_socket_register(napi_env env, napi_value exports) {
  static const char *const missing[] = {"regionCreate", "regionAttach", "regionHeader", "regionFileBytes", "regionConfigure",
                                        "regionSend", "regionReceive", "regionWatch", "regionUnwatch", "regionClose",
                                        "seqpacketWatchBatches", "seqpacketFlush", "withFolderLocked"};
  for (size_t index = 0; index < sizeof missing / sizeof missing[0]; index += 1)
    if (!define_function(env, exports, missing[index], not_offered)) return false;
  return define_function(env, exports, "seqpacketListen", socket_listen) &&
         define_function(env, exports, "seqpacketConnect", socket_connect) &&
         define_function(env, exports, "seqpacketAccept", socket_accept) &&
         define_function(env, exports, "seqpacketSend", socket_send) &&
         define_function(env, exports, "seqpacketReceive", socket_receive) &&
         define_function(env, exports, "seqpacketWait", socket_wait) &&
         define_function(env, exports, "seqpacketExchange", socket_exchange) &&
         define_function(env, exports, "seqpacketPeer", socket_peer) &&
         define_function(env, exports, "seqpacketSendBufferBytes", socket_send_buffer_bytes) &&
         define_function(env, exports, "seqpacketShutdownSending", socket_shutdown_sending) &&
         define_function(env, exports, "seqpacketWatchPackets", pipe_watch_packets) &&
         define_function(env, exports, "seqpacketWatchConnections", pipe_watch_connections) &&
         define_function(env, exports, "seqpacketOnceWritable", pipe_once_writable) &&
         define_function(env, exports, "seqpacketUnwatch", pipe_unwatch) &&
         define_function(env, exports, "seqpacketClose", socket_close);
}
