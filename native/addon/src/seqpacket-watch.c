/* Readiness on the event loop by uv_poll. The descriptor is closed only after uv_close has called back (never under an active poll). */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "seqpacket.h"

/* Packets handed over in one turn of the loop, so that one busy peer does not starve the others. */
#define PACKETS_PER_TURN 64
/*
 * In a conversation of one question and one answer a second receive finds nothing and costs a system call a packet. After it found
 * nothing once, so many turns do without it; the loop comes back at once when more is there.
 */
#define TURNS_WITHOUT_LOOK 3

static void drop_reference(napi_env env, napi_ref *reference) {
  if (*reference == NULL) return;
  napi_delete_reference(env, *reference);
  *reference = NULL;
}

static void drop_references(struct seqpacket *socket) {
  drop_reference(socket->env, &socket->on_readable);
  drop_reference(socket->env, &socket->on_writable);
  drop_reference(socket->env, &socket->buffer);
  drop_reference(socket->env, &socket->self);
  seqpacket_drop_batch(socket);
}

struct closing {
  struct seqpacket *socket;
  int fd;
  napi_async_cleanup_hook_handle cleanup;
};

static void on_poll_closed(uv_handle_t *handle) {
  struct closing *closing = handle->data;
  close(closing->fd);
  if (closing->cleanup != NULL) napi_remove_async_cleanup_hook(closing->cleanup);
  seqpacket_release(closing->socket);
  free(closing);
  free(handle);
}

void seqpacket_close_now(struct seqpacket *socket) {
  if (socket->fd < 0) return;
  int fd = socket->fd;
  socket->fd = -1;
  uv_poll_t *poll = socket->poll;
  socket->poll = NULL;
  if (poll == NULL) {
    close(fd);
    return;
  }
  struct closing *closing = poll->data;
  closing->fd = fd;
  closing->cleanup = socket->cleanup;
  socket->cleanup = NULL;
  uv_poll_stop(poll);
  uv_close((uv_handle_t *)poll, on_poll_closed);
  drop_references(socket);
}

/* The environment ends while the socket is watched: let go of it; Node keeps the loop turning until the hook is removed. */
static void on_environment_ends(napi_async_cleanup_hook_handle handle, void *data) {
  struct seqpacket *socket = data;
  if (socket->fd < 0 || socket->poll == NULL) return;
  seqpacket_close_now(socket);
}

void seqpacket_set_reader(struct seqpacket *socket, napi_ref on_readable, struct seqpacket_batch *batch) {
  drop_reference(socket->env, &socket->buffer);
  drop_reference(socket->env, &socket->on_readable);
  seqpacket_drop_batch(socket);
  socket->on_readable = on_readable;
  socket->batch = batch;
  socket->unanswered = 0;
}

/* As seqpacket_read_batch. */
static int read_one(struct seqpacket *socket) {
  int received = seqpacket_receive_into(socket->fd, socket->into);
  if (received == -EAGAIN) return 0;
  call_back_i32(socket->env, socket->on_readable, received);
  return received > 0 ? 1 : -1;
}

static void read_packets(struct seqpacket *socket) {
  socket->owners += 1; /* JavaScript may close the socket in the callback */
  seqpacket_open_gathering(socket);
  int taken = 1;
  bool is_drained = false;
  for (int count = 0, looks = 0; taken > 0 && !is_drained && count < PACKETS_PER_TURN; count += taken, looks += 1) {
    if (socket->fd < 0 || socket->on_readable == NULL || (socket->events & UV_READABLE) == 0) break;
    if (looks == 1 && socket->turns_without_look > 0) {
      socket->turns_without_look -= 1;
      break;
    }
    taken = socket->batch == NULL ? read_one(socket) : seqpacket_read_batch(socket, &is_drained);
    if (taken == 0 && looks == 1) socket->turns_without_look = TURNS_WITHOUT_LOOK;
    seqpacket_flush_gathered(socket);
  }
  seqpacket_close_gathering(socket);
  seqpacket_release(socket);
}

static void accept_one(struct seqpacket *listener, int fd) {
  napi_handle_scope scope;
  if (napi_open_handle_scope(listener->env, &scope) != napi_ok) {
    close(fd);
    return;
  }
  napi_value connection = seqpacket_wrap(listener->env, fd);
  if (connection != NULL) call_back_value(listener->env, listener->on_readable, connection);
  napi_close_handle_scope(listener->env, scope);
}

static void accept_connections(struct seqpacket *listener) {
  listener->owners += 1;
  for (int count = 0; count < PACKETS_PER_TURN; count += 1) {
    if (listener->fd < 0 || listener->on_readable == NULL) break;
    int fd = seqpacket_accept_fd(listener->fd);
    if (fd == -EAGAIN) break;
    if (fd < 0) {
      call_back_i32(listener->env, listener->on_readable, fd);
      break;
    }
    accept_one(listener, fd);
  }
  seqpacket_release(listener);
}

static int apply_events(struct seqpacket *socket);

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct seqpacket *socket = ((struct closing *)poll->data)->socket;
  socket->owners += 1;
  if ((events & UV_WRITABLE) != 0 && socket->on_writable != NULL) {
    napi_ref callback = socket->on_writable;
    socket->on_writable = NULL;
    socket->events &= ~UV_WRITABLE;
    apply_events(socket);
    call_back_i32(socket->env, callback, 0);
    napi_delete_reference(socket->env, callback);
  }
  /* A poll error shows as a failing receive, which carries the right errno. */
  if ((events & UV_READABLE) != 0 || status < 0) {
    if (socket->accepts) accept_connections(socket);
    else read_packets(socket);
  }
  seqpacket_release(socket);
}

static int apply_events(struct seqpacket *socket) {
  if (socket->poll == NULL) return 0;
  return socket->events == 0 ? uv_poll_stop(socket->poll) : uv_poll_start(socket->poll, socket->events, on_poll);
}

static bool start_poll(napi_env env, struct seqpacket *socket) {
  struct uv_loop_s *loop = NULL;
  if (!check(env, napi_get_uv_event_loop(env, &loop))) return false;
  uv_poll_t *poll = calloc(1, sizeof *poll);
  struct closing *closing = calloc(1, sizeof *closing);
  if (poll == NULL || closing == NULL || uv_poll_init(loop, poll, socket->fd) != 0) {
    free(poll);
    free(closing);
    throw_errno(env, "poll", ENOMEM);
    return false;
  }
  closing->socket = socket;
  poll->data = closing;
  socket->poll = poll;
  socket->owners += 1;
  return check(env, napi_add_async_cleanup_hook(env, on_environment_ends, socket, &socket->cleanup));
}

bool seqpacket_ask_for(napi_env env, napi_value object, struct seqpacket *socket, int events) {
  if (socket->poll == NULL && !start_poll(env, socket)) return false;
  if (socket->self == NULL && !check(env, napi_create_reference(env, object, 1, &socket->self))) return false;
  socket->events |= events;
  if (apply_events(socket) == 0) return true;
  throw_errno(env, "poll", EINVAL);
  return false;
}

/* watchPackets(socket, buffer, callback(length)): every packet is in `buffer` during its callback; 0 = end of file, < 0 = -errno. */
napi_value seqpacket_watch_packets(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct seqpacket *socket = NULL;
  struct bytes into;
  if (!arguments_read(env, info, 3, values) || (socket = seqpacket_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into) || !argument_function(env, values[2]))
    return NULL;
  if (into.length == 0) return throw_argument(env, "the buffer is empty");
  seqpacket_set_reader(socket, NULL, NULL);
  socket->into = into;
  if (!check(env, napi_create_reference(env, values[1], 1, &socket->buffer)) ||
      !check(env, napi_create_reference(env, values[2], 1, &socket->on_readable)))
    return NULL;
  return seqpacket_ask_for(env, values[0], socket, UV_READABLE) ? make_undefined(env) : NULL;
}

/* watchConnections(listener, callback(socket | -errno)). */
napi_value seqpacket_watch_connections(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct seqpacket *listener = NULL;
  if (!arguments_read(env, info, 2, values) || (listener = seqpacket_of(env, values[0])) == NULL ||
      !argument_function(env, values[1]))
    return NULL;
  drop_reference(env, &listener->on_readable);
  listener->accepts = true;
  if (!check(env, napi_create_reference(env, values[1], 1, &listener->on_readable))) return NULL;
  return seqpacket_ask_for(env, values[0], listener, UV_READABLE) ? make_undefined(env) : NULL;
}

/* onceWritable(socket, callback): called once when a send may succeed again. */
napi_value seqpacket_once_writable(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct seqpacket *socket = NULL;
  if (!arguments_read(env, info, 2, values) || (socket = seqpacket_of(env, values[0])) == NULL ||
      !argument_function(env, values[1]))
    return NULL;
  drop_reference(env, &socket->on_writable);
  if (!check(env, napi_create_reference(env, values[1], 1, &socket->on_writable))) return NULL;
  return seqpacket_ask_for(env, values[0], socket, UV_WRITABLE) ? make_undefined(env) : NULL;
}

/* unwatch(socket): no callback any more; packets stay in the kernel's queue. */
napi_value seqpacket_unwatch(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct seqpacket *socket = NULL;
  if (!arguments_read(env, info, 1, values) || (socket = seqpacket_of(env, values[0])) == NULL) return NULL;
  socket->events = 0;
  apply_events(socket);
  drop_references(socket);
  return make_undefined(env);
}
