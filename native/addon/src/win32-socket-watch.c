/* Readiness on the event loop: the system's thread pool waits for the events of a pipe and wakes the loop by uv_async. */
#include <stdlib.h>

#include "win32-socket.h"

/* Messages handed over in one turn of the loop, so that one busy peer does not starve the others. */
#define PACKETS_PER_TURN 64

static void drop_reference(napi_env env, napi_ref *reference) {
  if (*reference == NULL) return;
  napi_delete_reference(env, *reference);
  *reference = NULL;
}

static void drop_references(struct pipe_socket *socket) {
  drop_reference(socket->env, &socket->on_readable);
  drop_reference(socket->env, &socket->on_writable);
  drop_reference(socket->env, &socket->buffer);
  drop_reference(socket->env, &socket->self);
}

/* Thread of the pool. The handle lives until pipe_socket_close has ended this wait. */
static void CALLBACK on_ready(void *context, BOOLEAN is_timeout) {
  (void)is_timeout;
  uv_async_send(context);
}

static void on_wake_closed(uv_handle_t *handle) {
  struct pipe_socket *socket = handle->data;
  if (socket->cleanup != NULL) napi_remove_async_cleanup_hook(socket->cleanup);
  socket->cleanup = NULL;
  pipe_socket_release(socket);
  free(handle);
}

void pipe_socket_close(struct pipe_socket *socket) {
  if (socket->pipe == NULL && socket->listener == NULL) return;
  if (socket->pipe != NULL) pipe_close(socket->pipe);
  if (socket->listener != NULL) pipe_listener_close(socket->listener);
  socket->pipe = NULL;
  socket->listener = NULL;
  if (socket->wake == NULL) return;
  uv_close((uv_handle_t *)socket->wake, on_wake_closed);
  socket->wake = NULL;
  drop_references(socket);
}

/* The environment ends while the socket is watched: let go of it; Node keeps the loop turning until the hook is removed. */
static void on_environment_ends(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  pipe_socket_close(data);
}

static void read_packets(struct pipe_socket *socket) {
  for (int count = 0; count < PACKETS_PER_TURN; count += 1) {
    if (socket->pipe == NULL || socket->on_readable == NULL || !socket->is_reading) return;
    int received = pipe_receive(socket->pipe, socket->into.data, socket->into.length);
    if (received == -PIPE_EAGAIN) return;
    if (received <= 0) socket->is_reading = false;
    call_back_i32(socket->env, socket->on_readable, received);
  }
  /* More may be there, and its event was taken already. */
  if (socket->wake != NULL) uv_async_send(socket->wake);
}

static void accept_connections(struct pipe_socket *socket) {
  for (int count = 0; count < PACKETS_PER_TURN; count += 1) {
    napi_handle_scope scope;
    int error = 0;
    if (socket->listener == NULL || socket->on_readable == NULL || !socket->is_reading) return;
    struct pipe *pipe = pipe_accept(socket->listener, &error);
    if (pipe == NULL && error == -PIPE_EAGAIN) return;
    if (pipe == NULL) {
      call_back_i32(socket->env, socket->on_readable, error);
      return;
    }
    if (napi_open_handle_scope(socket->env, &scope) != napi_ok) {
      pipe_close(pipe);
      return;
    }
    napi_value connection = pipe_wrap(socket->env, pipe, NULL);
    if (connection != NULL) call_back_value(socket->env, socket->on_readable, connection);
    napi_close_handle_scope(socket->env, scope);
  }
  if (socket->wake != NULL) uv_async_send(socket->wake);
}

static void on_wake(uv_async_t *wake) {
  struct pipe_socket *socket = wake->data;
  socket->owners += 1; /* JavaScript may close the socket in a callback */
  if (socket->on_writable != NULL && socket->pipe != NULL && pipe_can_send(socket->pipe)) {
    napi_ref callback = socket->on_writable;
    socket->on_writable = NULL;
    call_back_i32(socket->env, callback, 0);
    napi_delete_reference(socket->env, callback);
  }
  if (socket->listener != NULL) accept_connections(socket);
  else read_packets(socket);
  pipe_socket_release(socket);
}

/* Makes sure the loop can be woken and keeps the object alive while somebody waits for it. */
static bool start_watching(napi_env env, napi_value object, struct pipe_socket *socket) {
  if (socket->wake == NULL) {
    struct uv_loop_s *loop = NULL;
    if (!check(env, napi_get_uv_event_loop(env, &loop))) return false;
    uv_async_t *wake = calloc(1, sizeof *wake);
    if (wake == NULL || uv_async_init(loop, wake, on_wake) != 0) {
      free(wake);
      throw_errno(env, "watch", PIPE_ENOMEM);
      return false;
    }
    wake->data = socket;
    socket->wake = wake;
    socket->owners += 1;
    if (!check(env, napi_add_async_cleanup_hook(env, on_environment_ends, socket, &socket->cleanup))) return false;
  }
  uv_ref((uv_handle_t *)socket->wake);
  return socket->self != NULL || check(env, napi_create_reference(env, object, 1, &socket->self));
}

/* watchPackets(socket, buffer, callback(length)): every message is in `buffer` during its callback; 0 = end of file, < 0 = -errno. */
napi_value pipe_watch_packets(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct pipe_socket *socket = NULL;
  struct bytes into;
  if (!arguments_read(env, info, 3, values) || (socket = pipe_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into) || !argument_function(env, values[2]))
    return NULL;
  if (into.length == 0) return throw_argument(env, "the buffer is empty");
  drop_reference(env, &socket->buffer);
  drop_reference(env, &socket->on_readable);
  socket->into = into;
  if (!check(env, napi_create_reference(env, values[1], 1, &socket->buffer)) ||
      !check(env, napi_create_reference(env, values[2], 1, &socket->on_readable)) ||
      !start_watching(env, values[0], socket))
    return NULL;
  socket->is_reading = true;
  if (!pipe_watch(socket->pipe, on_ready, socket->wake)) return throw_errno(env, "watch", PIPE_ENOMEM);
  return make_undefined(env);
}

/* watchConnections(listener, callback(socket | -errno)). */
napi_value pipe_watch_connections(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct pipe_socket *socket = NULL;
  if (!arguments_read(env, info, 2, values) || (socket = listener_of(env, values[0])) == NULL ||
      !argument_function(env, values[1]))
    return NULL;
  drop_reference(env, &socket->on_readable);
  if (!check(env, napi_create_reference(env, values[1], 1, &socket->on_readable)) ||
      !start_watching(env, values[0], socket))
    return NULL;
  socket->is_reading = true;
  if (!pipe_listener_watch(socket->listener, on_ready, socket->wake)) return throw_errno(env, "watch", PIPE_ENOMEM);
  return make_undefined(env);
}

/* onceWritable(socket, callback): called once when a send may succeed again. */
napi_value pipe_once_writable(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct pipe_socket *socket = NULL;
  if (!arguments_read(env, info, 2, values) || (socket = pipe_of(env, values[0])) == NULL ||
      !argument_function(env, values[1]))
    return NULL;
  drop_reference(env, &socket->on_writable);
  if (!check(env, napi_create_reference(env, values[1], 1, &socket->on_writable)) ||
      !start_watching(env, values[0], socket))
    return NULL;
  if (!pipe_watch_writing(socket->pipe, on_ready, socket->wake)) return throw_errno(env, "watch", PIPE_ENOMEM);
  return make_undefined(env);
}

/* unwatch(socket): no callback any more; messages stay with the pipe. */
napi_value pipe_unwatch(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct pipe_socket *socket = NULL;
  if (!arguments_read(env, info, 1, values) || (socket = pipe_of(env, values[0])) == NULL) return NULL;
  socket->is_reading = false;
  if (socket->wake != NULL) uv_unref((uv_handle_t *)socket->wake);
  drop_references(socket);
  return make_undefined(env);
}
