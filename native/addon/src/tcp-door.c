#include "tcp-door.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const napi_type_tag TCP_DOOR_TAG = {0x5ea9ac4e70000003ULL, 0x51a1b0c5ULL};
#define SLOT_BITS 10
#define USES_MASK ((1 << (31 - SLOT_BITS)) - 1)

_Static_assert(TCP_DOOR_SLOTS == 1 << SLOT_BITS, "a name holds every slot");

static int32_t name_of(const struct tcp_door *door, const struct tcp_door_connection *connection) {
  return (connection->uses << SLOT_BITS) | (int32_t)(connection - door->connections);
}

int32_t tcp_door_adopt(struct tcp_door *door, int fd) {
  if (door->first_free < 0) return -1;
  struct tcp_door_connection *connection = &door->connections[door->first_free];
  door->first_free = connection->next_free;
  connection->fd = fd;
  connection->is_watched = false;
  connection->uses = (connection->uses + 1) & USES_MASK;
  return name_of(door, connection);
}

struct tcp_door_connection *tcp_door_find(struct tcp_door *door, int32_t name) {
  if (name < 0) return NULL;
  struct tcp_door_connection *connection = &door->connections[name & (TCP_DOOR_SLOTS - 1)];
  return connection->fd >= 0 && name_of(door, connection) == name ? connection : NULL;
}

int tcp_door_forget(struct tcp_door *door, struct tcp_door_connection *connection) {
  int fd = connection->fd;
  /* Asked for by itself: a process being forked may hold a copy of the descriptor, and closing ours would leave it watched. */
  if (connection->is_watched) epoll_ctl(door->epoll, EPOLL_CTL_DEL, fd, NULL);
  connection->fd = -1;
  connection->next_free = door->first_free;
  door->first_free = (int)(connection - door->connections);
  return fd;
}

bool tcp_door_expect(struct tcp_door *door, struct tcp_door_connection *connection) {
  struct epoll_event wanted = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT};
  wanted.data.u32 = (uint32_t)name_of(door, connection);
  int act = connection->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(door->epoll, act, connection->fd, &wanted) != 0) return false;
  connection->is_watched = true;
  return true;
}

bool tcp_door_watch_listener(struct tcp_door *door, bool is_watched) {
  struct epoll_event wanted = {.events = is_watched ? EPOLLIN : 0};
  wanted.data.u32 = TCP_DOOR_LISTENER;
  door->is_paused = !is_watched;
  return epoll_ctl(door->epoll, EPOLL_CTL_MOD, door->listener, &wanted) == 0;
}

void tcp_door_release(struct tcp_door *door) {
  door->owners -= 1;
  if (door->owners == 0) free(door);
}

static void finalize_door(napi_env env, void *data, void *hint) {
  struct tcp_door *door = data;
  tcp_door_close_now(door);
  tcp_door_release(door);
}

struct tcp_door *tcp_door_of(napi_env env, napi_value value) {
  struct tcp_door *door = argument_wrapped(env, value, &TCP_DOOR_TAG, "a door of this addon is needed");
  if (door == NULL) return NULL;
  if (door->epoll >= 0) return door;
  throw_errno(env, "door is closed", EBADF);
  return NULL;
}

bool argument_table(napi_env env, napi_value value, int32_t **numbers, size_t *count) {
  napi_typedarray_type type;
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, count, &data, NULL, NULL) == napi_ok && type == napi_int32_array) {
    *numbers = data;
    return true;
  }
  throw_argument(env, "an Int32Array is needed");
  return false;
}

static bool make_address(napi_env env, napi_value host, napi_value port, struct sockaddr_storage *address, socklen_t *length) {
  char text[PATH_BYTES_MAX];
  size_t text_length = 0;
  uint32_t number = 0;
  if (!argument_path(env, host, text, &text_length) || !argument_u32(env, port, &number)) return false;
  if (number > UINT16_MAX) {
    throw_argument(env, "a port is at most 65535");
    return false;
  }
  if (uv_ip4_addr(text, (int)number, (struct sockaddr_in *)address) == 0) {
    *length = sizeof(struct sockaddr_in);
    return true;
  }
  if (uv_ip6_addr(text, (int)number, (struct sockaddr_in6 *)address) == 0) {
    *length = sizeof(struct sockaddr_in6);
    return true;
  }
  throw_argument(env, "an IPv4 or IPv6 address is needed");
  return false;
}

/* As Node binds: the address may be taken again right after a stop, and "::" takes IPv4 too. Accepted sockets inherit TCP_NODELAY. */
static int open_listener(const struct sockaddr_storage *address, socklen_t length, int backlog) {
  int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int on = 1;
  int off = 0;
  bool is_open = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                 setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                 (address->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
                 bind(fd, (const struct sockaddr *)address, length) == 0 && listen(fd, backlog) == 0;
  if (is_open) return fd;
  int error_number = errno;
  close(fd);
  return -error_number;
}

static struct tcp_door *make_door(napi_env env, int listener) {
  struct tcp_door *door = calloc(1, sizeof *door);
  if (door == NULL) return NULL;
  door->env = env;
  door->owners = 1;
  door->listener = listener;
  door->is_paused = true;
  door->epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event nothing = {.events = 0};
  nothing.data.u32 = TCP_DOOR_LISTENER;
  if (door->epoll < 0 || epoll_ctl(door->epoll, EPOLL_CTL_ADD, listener, &nothing) != 0) {
    int error_number = errno;
    if (door->epoll >= 0) close(door->epoll);
    free(door);
    errno = error_number;
    return NULL;
  }
  for (int slot = 0; slot < TCP_DOOR_SLOTS; slot += 1) {
    door->connections[slot].fd = -1;
    door->connections[slot].next_free = slot + 1 < TCP_DOOR_SLOTS ? slot + 1 : -1;
  }
  return door;
}

/* tcpDoorOpen(address, port, backlog): listening, but nothing is accepted before tcpDoorWatch. EADDRINUSE, EACCES, EADDRNOTAVAIL. */
static napi_value tcp_door_open(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct sockaddr_storage address;
  socklen_t length = 0;
  uint32_t backlog = 0;
  napi_value object = NULL;
  memset(&address, 0, sizeof address);
  if (!arguments_read(env, info, 3, values) || !make_address(env, values[0], values[1], &address, &length) ||
      !argument_u32(env, values[2], &backlog))
    return NULL;
  int listener = open_listener(&address, length, (int)(backlog > 4096 ? 4096 : backlog));
  if (listener < 0) return throw_errno(env, "listen", -listener);
  struct tcp_door *door = make_door(env, listener);
  if (door == NULL) {
    int error_number = errno;
    close(listener);
    return throw_errno(env, "epoll", error_number);
  }
  if (check(env, napi_create_object(env, &object)) && check(env, napi_wrap(env, object, door, finalize_door, NULL, NULL)))
    return check(env, napi_type_tag_object(env, object, &TCP_DOOR_TAG)) ? object : NULL; /* the finalizer closes all */
  tcp_door_close_now(door);
  tcp_door_release(door);
  return NULL;
}

/* tcpDoorPort(door): the port really bound. */
static napi_value tcp_door_port(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct tcp_door *door = NULL;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (!arguments_read(env, info, 1, values) || (door = tcp_door_of(env, values[0])) == NULL) return NULL;
  if (door->listener < 0) return throw_errno(env, "door no longer accepts", EBADF);
  if (getsockname(door->listener, (struct sockaddr *)&address, &length) != 0) return throw_errno(env, "getsockname", errno);
  in_port_t port = address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                 : ((struct sockaddr_in *)&address)->sin_port;
  return make_i32(env, ntohs(port));
}

/* One line of tcpDoorAnswer: 0, or -errno after closing the connection. */
static int answer_one(struct tcp_door *door, const int32_t *line, struct bytes bytes) {
  struct tcp_door_connection *connection = tcp_door_find(door, line[0]);
  if (connection == NULL) return -EBADF;
  ssize_t moved = 0;
  /* MSG_TRUNC takes bytes of a TCP stream without copying them. The caller has seen them, so they are there. */
  do moved = line[1] == 0 ? 0 : recv(connection->fd, NULL, (size_t)line[1], MSG_TRUNC | MSG_DONTWAIT);
  while (moved < 0 && errno == EINTR);
  int error_number = moved < 0 ? errno : moved == line[1] ? 0 : EIO;
  if (error_number == 0) {
    do moved = send(connection->fd, bytes.data + line[2], (size_t)line[3], MSG_NOSIGNAL | MSG_DONTWAIT);
    while (moved < 0 && errno == EINTR);
    /* A peer whose window is full of answers it has not read is cut, like any slow reader. */
    if (moved != line[3]) error_number = moved < 0 ? errno : EAGAIN;
  }
  if (error_number == 0 && line[4] == 0) {
    if (tcp_door_expect(door, connection)) return 0;
    error_number = errno;
  }
  close(tcp_door_forget(door, connection));
  return -error_number;
}

/*
 * tcpDoorAnswer(door, bytes, table, count): `count` lines of five numbers, each [name, bytes to take, offset, length, then close (0 or 1)]:
 * takes what was shown, sends bytes[offset, offset + length) and closes the connection or waits for more. The first number of each line
 * becomes 0, or -errno when the connection was closed because it failed.
 */
static napi_value tcp_door_answer(napi_env env, napi_callback_info info) {
  napi_value values[4];
  struct tcp_door *door = NULL;
  struct bytes bytes;
  int32_t *table = NULL;
  size_t numbers = 0;
  size_t count = 0;
  if (!arguments_read(env, info, 4, values) || (door = tcp_door_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &bytes) || !argument_table(env, values[2], &table, &numbers) ||
      !argument_size(env, values[3], &count))
    return NULL;
  if (count > numbers / TCP_DOOR_ANSWER_COLUMNS) return throw_argument(env, "the table has fewer lines");
  for (size_t index = 0; index < count; index += 1) {
    const int32_t *line = table + index * TCP_DOOR_ANSWER_COLUMNS;
    bool is_inside = line[1] >= 0 && line[2] >= 0 && line[3] > 0 && (size_t)line[2] + (size_t)line[3] <= bytes.length;
    if (!is_inside) return throw_argument(env, "an answer lies outside of the bytes");
  }
  for (size_t index = 0; index < count; index += 1) {
    int32_t *line = table + index * TCP_DOOR_ANSWER_COLUMNS;
    line[0] = answer_one(door, line, bytes);
  }
  return make_undefined(env);
}

/* Reads the arguments (door, name). EBADF when the connection is not there any more. */
static struct tcp_door_connection *named_connection(napi_env env, napi_callback_info info, struct tcp_door **door) {
  napi_value values[2];
  int32_t name = 0;
  if (!arguments_read(env, info, 2, values) || (*door = tcp_door_of(env, values[0])) == NULL || !argument_i32(env, values[1], &name))
    return NULL;
  struct tcp_door_connection *connection = tcp_door_find(*door, name);
  if (connection == NULL) throw_errno(env, "connection is closed", EBADF);
  return connection;
}

/* tcpDoorTake(door, name): the descriptor, which belongs to the caller from now on. Nothing of what was only shown has been read. */
static napi_value tcp_door_take(napi_env env, napi_callback_info info) {
  struct tcp_door *door = NULL;
  struct tcp_door_connection *connection = named_connection(env, info, &door);
  if (connection == NULL) return NULL;
  napi_value descriptor = make_i32(env, connection->fd);
  if (descriptor != NULL) tcp_door_forget(door, connection);
  return descriptor;
}

/* tcpDoorDrop(door, name): closes a connection. EBADF when it is not there any more. */
static napi_value tcp_door_drop(napi_env env, napi_callback_info info) {
  struct tcp_door *door = NULL;
  struct tcp_door_connection *connection = named_connection(env, info, &door);
  if (connection == NULL) return NULL;
  close(tcp_door_forget(door, connection));
  return make_undefined(env);
}

/* tcpDoorResume(door): accepts again after a line that said why it stopped. */
static napi_value tcp_door_resume(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct tcp_door *door = NULL;
  if (!arguments_read(env, info, 1, values) || (door = tcp_door_of(env, values[0])) == NULL) return NULL;
  if (door->listener >= 0 && door->poll != NULL && door->is_paused && !tcp_door_watch_listener(door, true))
    return throw_errno(env, "epoll", errno);
  return make_undefined(env);
}

/* tcpDoorStopAccepting(door): closes the listening socket only. Idempotent. */
static napi_value tcp_door_stop_accepting(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct tcp_door *door = NULL;
  if (!arguments_read(env, info, 1, values) || (door = tcp_door_of(env, values[0])) == NULL) return NULL;
  if (door->listener >= 0) {
    epoll_ctl(door->epoll, EPOLL_CTL_DEL, door->listener, NULL);
    close(door->listener);
    door->listener = -1;
  }
  return make_undefined(env);
}

/* tcpDoorClose(door): closes everything. Idempotent. */
static napi_value tcp_door_close(napi_env env, napi_callback_info info) {
  napi_value values[1];
  if (!arguments_read(env, info, 1, values)) return NULL;
  void *data = argument_wrapped(env, values[0], &TCP_DOOR_TAG, "a door of this addon is needed");
  if (data == NULL) return NULL;
  tcp_door_close_now(data);
  return make_undefined(env);
}

bool tcp_door_register(napi_env env, napi_value exports) {
  return define_function(env, exports, "tcpDoorOpen", tcp_door_open) &&
         define_function(env, exports, "tcpDoorPort", tcp_door_port) &&
         define_function(env, exports, "tcpDoorWatch", tcp_door_watch) &&
         define_function(env, exports, "tcpDoorAnswer", tcp_door_answer) &&
         define_function(env, exports, "tcpDoorTake", tcp_door_take) &&
         define_function(env, exports, "tcpDoorDrop", tcp_door_drop) &&
         define_function(env, exports, "tcpDoorResume", tcp_door_resume) &&
         define_function(env, exports, "tcpDoorStopAccepting", tcp_door_stop_accepting) &&
         define_function(env, exports, "tcpDoorClose", tcp_door_close);
}
