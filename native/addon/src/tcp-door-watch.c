/* Readiness of a door by one uv_poll on its epoll descriptor, which is closed only after uv_close has called back. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-door.h"

/* Lines handed over in one turn of the loop, so that a flood at the door does not starve the rest of the process. */
#define LINES_PER_TURN 64
/* Lengths that are none, see tcpDoorWatch. */
#define NOTHING_YET (-1)

struct closing {
  struct tcp_door *door;
  int epoll;
  napi_async_cleanup_hook_handle cleanup;
};

/* What one turn has found. */
struct turn {
  struct tcp_door *door;
  size_t lines;
  size_t bytes_used;
};

static void drop_reference(napi_env env, napi_ref *reference) {
  if (*reference == NULL) return;
  napi_delete_reference(env, *reference);
  *reference = NULL;
}

static void drop_references(struct tcp_door *door) {
  drop_reference(door->env, &door->on_ready);
  drop_reference(door->env, &door->bytes_kept);
  drop_reference(door->env, &door->table_kept);
  drop_reference(door->env, &door->self);
}

static void on_poll_closed(uv_handle_t *handle) {
  struct closing *closing = handle->data;
  close(closing->epoll);
  if (closing->cleanup != NULL) napi_remove_async_cleanup_hook(closing->cleanup);
  tcp_door_release(closing->door);
  free(closing);
  free(handle);
}

void tcp_door_close_now(struct tcp_door *door) {
  if (door->epoll < 0) return;
  if (door->listener >= 0) close(door->listener);
  door->listener = -1;
  for (int slot = 0; slot < TCP_DOOR_SLOTS; slot += 1)
    if (door->connections[slot].fd >= 0) close(tcp_door_forget(door, &door->connections[slot]));
  int epoll = door->epoll;
  door->epoll = -1;
  uv_poll_t *poll = door->poll;
  door->poll = NULL;
  if (poll == NULL) {
    close(epoll);
    return;
  }
  struct closing *closing = poll->data;
  closing->epoll = epoll;
  closing->cleanup = door->cleanup;
  door->cleanup = NULL;
  uv_poll_stop(poll);
  uv_close((uv_handle_t *)poll, on_poll_closed);
  drop_references(door);
}

/* The environment ends while the door is open: let go of it; Node keeps the loop turning until the hook is removed. */
static void on_environment_ends(napi_async_cleanup_hook_handle handle, void *data) {
  struct tcp_door *door = data;
  if (door->epoll < 0 || door->poll == NULL) return;
  tcp_door_close_now(door);
}

static void add_line(struct turn *turn, int32_t name, int32_t length, int32_t peer_bytes) {
  int32_t *line = turn->door->table + turn->lines * TCP_DOOR_READY_COLUMNS;
  line[0] = name;
  line[1] = (int32_t)turn->bytes_used;
  line[2] = length;
  line[3] = peer_bytes;
  turn->lines += 1;
}

static bool has_room(const struct turn *turn) {
  return turn->lines < turn->door->lines_max &&
         turn->door->bytes.length - turn->bytes_used >= turn->door->peek_bytes_max + TCP_DOOR_PEER_BYTES_MAX;
}

/* Length of what has arrived, 0 at end of file or when the connection broke, NOTHING_YET. The bytes stay in the kernel. */
static int32_t peek(struct turn *turn, int fd) {
  ssize_t found;
  do found = recv(fd, turn->door->bytes.data + turn->bytes_used, turn->door->peek_bytes_max, MSG_PEEK | MSG_DONTWAIT);
  while (found < 0 && errno == EINTR);
  if (found >= 0) return (int32_t)found;
  return errno == EAGAIN || errno == EWOULDBLOCK ? NOTHING_YET : 0;
}

/* Writes the peer as Node names it, such as 127.0.0.1:40522 or [::1]:40522. */
static size_t put_peer(char *into, const struct sockaddr_storage *address) {
  char text[INET6_ADDRSTRLEN] = "";
  bool is_six = address->ss_family == AF_INET6;
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
  const struct sockaddr_in *four = (const struct sockaddr_in *)address;
  int failed = is_six ? uv_ip6_name(six, text, sizeof text) : uv_ip4_name(four, text, sizeof text);
  if (failed != 0) return 0;
  unsigned port = ntohs(is_six ? six->sin6_port : four->sin_port);
  int length = snprintf(into, TCP_DOOR_PEER_BYTES_MAX, is_six ? "[%s]:%u" : "%s:%u", text, port);
  return length < 0 ? 0 : (size_t)length;
}

static void show_arrived(struct turn *turn, int32_t name) {
  struct tcp_door_connection *connection = tcp_door_find(turn->door, name);
  if (connection == NULL) return;
  int32_t length = peek(turn, connection->fd);
  if (length == NOTHING_YET && tcp_door_expect(turn->door, connection)) return;
  if (length == NOTHING_YET) length = 0;
  add_line(turn, name, length, 0);
  turn->bytes_used += (size_t)length;
}

/* -errno after which the listener is left alone until JavaScript resumes it; 0 when a connection was taken; 1 when none waits. */
static int accept_one(struct turn *turn) {
  struct tcp_door *door = turn->door;
  struct sockaddr_storage address;
  socklen_t address_bytes = sizeof address;
  if (door->first_free < 0) return -ENFILE;
  int fd;
  do fd = accept4(door->listener, (struct sockaddr *)&address, &address_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 1;
    /* The connection failed while it waited (accept(2) names these); the next one is looked at. */
    bool is_its_own = errno == ECONNABORTED || errno == EPROTO || errno == ENETDOWN || errno == ENOPROTOOPT ||
                      errno == EHOSTDOWN || errno == ENONET || errno == EHOSTUNREACH || errno == ENETUNREACH;
    return is_its_own ? 0 : -errno;
  }
  int32_t name = tcp_door_adopt(door, fd);
  size_t peer_bytes = put_peer((char *)door->bytes.data + turn->bytes_used, &address);
  turn->bytes_used += peer_bytes;
  int32_t length = peek(turn, fd);
  if (length == NOTHING_YET && !tcp_door_expect(door, tcp_door_find(door, name))) length = 0;
  add_line(turn, name, length, (int32_t)peer_bytes);
  if (length > 0) turn->bytes_used += (size_t)length;
  return 0;
}

static void accept_waiting(struct turn *turn) {
  struct tcp_door *door = turn->door;
  if (door->listener < 0 || door->is_paused) return;
  for (int count = 0; count < LINES_PER_TURN && has_room(turn); count += 1) {
    int outcome = accept_one(turn);
    if (outcome > 0) return;
    if (outcome == 0) continue;
    /* No descriptor is left: the connections wait in the kernel, and asking again at once would burn the processor. */
    if (tcp_door_watch_listener(door, false)) add_line(turn, -1, outcome, 0);
    return;
  }
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  struct tcp_door *door = ((struct closing *)poll->data)->door;
  struct epoll_event found[LINES_PER_TURN];
  struct turn turn = {.door = door};
  size_t wanted = door->lines_max < LINES_PER_TURN ? door->lines_max : LINES_PER_TURN;
  int count = epoll_wait(door->epoll, found, (int)wanted, 0);
  bool has_waiting = false;
  for (int index = 0; index < count; index += 1) {
    if (found[index].data.u32 == TCP_DOOR_LISTENER) has_waiting = true;
    else show_arrived(&turn, (int32_t)found[index].data.u32);
  }
  if (has_waiting) accept_waiting(&turn);
  if (turn.lines == 0) return;
  door->owners += 1; /* JavaScript may close the door in the callback */
  call_back_i32(door->env, door->on_ready, (int32_t)turn.lines);
  tcp_door_release(door);
}

static bool start_poll(napi_env env, struct tcp_door *door) {
  struct uv_loop_s *loop = NULL;
  if (!check(env, napi_get_uv_event_loop(env, &loop))) return false;
  uv_poll_t *poll = calloc(1, sizeof *poll);
  struct closing *closing = calloc(1, sizeof *closing);
  if (poll == NULL || closing == NULL || uv_poll_init(loop, poll, door->epoll) != 0) {
    free(poll);
    free(closing);
    throw_errno(env, "poll", ENOMEM);
    return false;
  }
  closing->door = door;
  poll->data = closing;
  door->poll = poll;
  door->owners += 1;
  return check(env, napi_add_async_cleanup_hook(env, on_environment_ends, door, &door->cleanup));
}

/*
 * tcpDoorWatch(door, bytes, table, peekBytesMax, callback(count)): once a door. Each callback finds `count` lines of four numbers in
 * `table`: [name, offset, length, peerBytes]. bytes[offset, offset + length) is what has arrived and was not taken, at most
 * peekBytesMax; length 0 = the peer ended or the connection broke (drop it), -1 = a new connection that has not said anything.
 * peerBytes > 0 marks a new connection, whose peer stands in that many bytes before the offset. A line with name -1 says in its length
 * with which -errno accepting stopped; see tcpDoorResume. After a line with bytes nothing more is told of the connection until it is
 * answered. Bytes and table are overwritten by the next callback.
 */
napi_value tcp_door_watch(napi_env env, napi_callback_info info) {
  napi_value values[5];
  struct tcp_door *door = NULL;
  struct bytes bytes;
  int32_t *table = NULL;
  size_t numbers = 0;
  size_t peek_bytes_max = 0;
  if (!arguments_read(env, info, 5, values) || (door = tcp_door_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &bytes) || !argument_table(env, values[2], &table, &numbers) ||
      !argument_size(env, values[3], &peek_bytes_max) || !argument_function(env, values[4]))
    return NULL;
  if (door->poll != NULL || door->listener < 0) return throw_code(env, "EALREADY", "the door is watched or ended");
  if (peek_bytes_max == 0 || bytes.length > INT32_MAX || peek_bytes_max > bytes.length) return throw_argument(env, "bytes to look at");
  size_t places = bytes.length / (peek_bytes_max + TCP_DOOR_PEER_BYTES_MAX);
  /* One line more than places: the one that says why accepting stopped. */
  size_t lines_max = numbers / TCP_DOOR_READY_COLUMNS;
  if (places == 0 || lines_max < 2) return throw_argument(env, "the bytes or the table are too small");
  door->bytes = bytes;
  door->table = table;
  door->lines_max = lines_max - 1 < places ? lines_max - 1 : places;
  door->peek_bytes_max = peek_bytes_max;
  if (!check(env, napi_create_reference(env, values[1], 1, &door->bytes_kept)) ||
      !check(env, napi_create_reference(env, values[2], 1, &door->table_kept)) ||
      !check(env, napi_create_reference(env, values[4], 1, &door->on_ready)) ||
      !check(env, napi_create_reference(env, values[0], 1, &door->self)) || !start_poll(env, door))
    return NULL;
  if (!tcp_door_watch_listener(door, true)) return throw_errno(env, "epoll", errno);
  if (uv_poll_start(door->poll, UV_READABLE, on_ready) != 0) return throw_errno(env, "poll", EINVAL);
  return make_undefined(env);
}
