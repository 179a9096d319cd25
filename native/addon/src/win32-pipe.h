/*
 * Message-mode named pipes for Windows: what SEQPACKET sockets are on Linux (docs/protocols/netipc.md section 13). No JavaScript and no event
 * loop here, so that test/win32-pipe-test.c drives this file alone. All functions run on the owner's thread and none blocks, except
 * pipe_wait, and pipe_close for as long as Windows takes to cancel. `notify` runs on a thread of the system's pool and may do no more than
 * wake the owner.
 * One read is always under way into memory of the pipe: Windows fills it whenever a message comes, so it must outlive the operation.
 */
#ifndef SIGNALBOX_WIN32_PIPE_H
#define SIGNALBOX_WIN32_PIPE_H

#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <windows.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Results below zero are the negated numbers of Linux on every platform: the TypeScript side knows one set. */
#define PIPE_ENOENT 2
#define PIPE_EIO 5
#define PIPE_EBADF 9
#define PIPE_EAGAIN 11
#define PIPE_ENOMEM 12
#define PIPE_EACCES 13
#define PIPE_EINVAL 22
#define PIPE_EPIPE 32
#define PIPE_EMSGSIZE 90
#define PIPE_ENOTSUP 95
#define PIPE_EADDRINUSE 98

/* What both directions of a pipe hold: the larger of this and the packet size, and packets of this product are never larger. */
#define PIPE_BUFFER_BYTES 65536
/* Instances that wait for clients at once: a client that finds none waiting is told that the pipe is busy. */
#define PIPE_INSTANCES_WAITING 4

/* Called as notify(context, FALSE). */
typedef WAITORTIMERCALLBACK pipe_notify;

/* One overlapped operation. The event resets itself when a wait takes it; what counts is the operation's own state. */
struct pipe_operation {
  OVERLAPPED overlapped; /* hEvent is ours */
  HANDLE wait;           /* registered with the thread pool, or NULL */
  bool is_pending;       /* begun and not collected */
};

struct pipe {
  HANDLE handle;
  struct pipe_operation reading;
  struct pipe_operation writing;
  uint8_t *incoming;
  size_t incoming_bytes;
  uint8_t *outgoing; /* a message on its way belongs to Windows until the write is done */
  size_t outgoing_bytes;
  bool is_server;
};

struct pipe_instance {
  HANDLE handle;
  struct pipe_operation connecting;
  bool is_connected;
};

struct pipe_listener {
  char *name;
  struct pipe_instance waiting[PIPE_INSTANCES_WAITING];
};

/* A name of this machine's pipes in printable ASCII: nothing else may be opened, above all no other machine's. */
bool pipe_name_is_valid(const char *name);

/* NULL with `error` set: -EADDRINUSE when somebody has the name, -EINVAL, -EACCES, -ENOMEM. Only the user of this process may connect. */
struct pipe_listener *pipe_listen(const char *name, int *error);
/* The next client, or NULL with `error` -EAGAIN when none waits. */
struct pipe *pipe_accept(struct pipe_listener *listener, int *error);
/* From now on `notify(context)` is called for every client that connects. False when the pool refuses. */
bool pipe_listener_watch(struct pipe_listener *listener, pipe_notify notify, void *context);
void pipe_listener_close(struct pipe_listener *listener);

/* NULL with `error` set: -ENOENT, -EACCES, -EAGAIN when every instance is taken. */
struct pipe *pipe_connect(const char *name, int *error);
/* One message of both parts: 1 taken, 0 the message before is still on its way and nothing was sent, or -EPIPE, -ENOMEM, -EIO. */
int pipe_send(struct pipe *pipe, const uint8_t *head, size_t head_bytes, const uint8_t *body, size_t body_bytes);
/* True when pipe_send would take a message, or say why not. */
bool pipe_can_send(struct pipe *pipe);
/* Length of one message, 0 at end of file, -EAGAIN when nothing is there, -EMSGSIZE when it is longer than `capacity`. */
int pipe_receive(struct pipe *pipe, uint8_t *into, size_t capacity);
/* Blocks until ready or for `timeout_ms` (< 0 = for ever). True when ready. */
bool pipe_wait(struct pipe *pipe, bool for_writing, int32_t timeout_ms);
/* notify(context) for each finished read, from now on. A read is under way afterwards. */
bool pipe_watch(struct pipe *pipe, pipe_notify notify, void *context);
/* notify(context) once, when the message on its way is taken. */
bool pipe_watch_writing(struct pipe *pipe, pipe_notify notify, void *context);
/* The process at the other end, or 0 when Windows does not say. */
uint32_t pipe_peer_process(const struct pipe *pipe);
/* What was sent and taken can still be read by the peer; a message still on its way is lost. */
void pipe_close(struct pipe *pipe);

#endif
