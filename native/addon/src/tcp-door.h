/*
 * Accepting for a door that gets a connection per request. One epoll descriptor holds the listening socket and every connection that is
 * waited on; the event loop watches only that descriptor, so that a connection costs no handle, no timer and no JavaScript object of
 * Node's. What has arrived is shown to JavaScript by MSG_PEEK, many connections a callback: it stays in the kernel until tcpDoorAnswer
 * takes it, so that a connection can be given away unread at any time before. Nothing is parsed or decided here.
 *
 * All functions run on the thread of their environment; none blocks. Descriptors are non-blocking and close-on-exec. The struct is owned
 * by its JavaScript object and, while it is watched, by the event loop; the last owner frees it and closes every descriptor.
 *
 * A connection is named by a number of 31 bits made of its slot and how often the slot was used: a name that is no longer good is EBADF,
 * never another connection.
 */
#ifndef SIGNALBOX_TCP_DOOR_H
#define SIGNALBOX_TCP_DOOR_H

#include <uv.h>

#include "arguments.h"

#define TCP_DOOR_SLOTS 1024
/* Text of an address with its port: at most INET6_ADDRSTRLEN, brackets, colon and five digits. */
#define TCP_DOOR_PEER_BYTES_MAX 64
/* What the epoll descriptor says for the listening socket; no connection is named so. */
#define TCP_DOOR_LISTENER UINT32_MAX
/* Numbers of one line of the tables, see tcpDoorWatch and tcpDoorAnswer. */
#define TCP_DOOR_READY_COLUMNS 4
#define TCP_DOOR_ANSWER_COLUMNS 5

struct tcp_door_connection {
  int fd;           /* -1 = the slot is free */
  int32_t uses;     /* how often the slot was taken */
  bool is_watched;  /* the epoll descriptor knows it */
  int next_free;
};

struct tcp_door {
  napi_env env;
  int owners;
  int listener; /* -1 once it no longer accepts */
  int epoll;    /* -1 once closed */
  int first_free;
  bool is_paused;
  uv_poll_t *poll;
  napi_ref self; /* strong while watched */
  napi_ref on_ready;
  napi_ref bytes_kept;
  napi_ref table_kept;
  struct bytes bytes;
  int32_t *table;
  size_t lines_max;
  size_t peek_bytes_max;
  napi_async_cleanup_hook_handle cleanup;
  struct tcp_door_connection connections[TCP_DOOR_SLOTS];
};

bool tcp_door_register(napi_env env, napi_value exports);

/* The struct of an open door, or NULL with an exception pending (EBADF when closed). */
struct tcp_door *tcp_door_of(napi_env env, napi_value value);
void tcp_door_release(struct tcp_door *door);
/* Closes the listener, every connection and, once the loop has let go of it, the epoll descriptor. Idempotent. */
void tcp_door_close_now(struct tcp_door *door);
/* Takes `fd` into a free slot and gives its name, or -1 when all are taken. */
int32_t tcp_door_adopt(struct tcp_door *door, int fd);
/* The connection of this name, or NULL. */
struct tcp_door_connection *tcp_door_find(struct tcp_door *door, int32_t name);
/* Frees the slot without closing; gives the descriptor. */
int tcp_door_forget(struct tcp_door *door, struct tcp_door_connection *connection);
/* Asks to be told once when something arrives or the peer ends. False with errno set. */
bool tcp_door_expect(struct tcp_door *door, struct tcp_door_connection *connection);
/* Watches or leaves the listening socket. False with errno set. */
bool tcp_door_watch_listener(struct tcp_door *door, bool is_watched);
/* An Int32Array: owned by JavaScript, valid until the native function returns or the array is kept by a reference. */
bool argument_table(napi_env env, napi_value value, int32_t **numbers, size_t *count);

napi_value tcp_door_watch(napi_env env, napi_callback_info info);

#endif
