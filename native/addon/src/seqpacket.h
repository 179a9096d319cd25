/*
 * SOCK_SEQPACKET unix sockets. One struct is owned by its JavaScript object and, while watched, by the event loop; the last owner frees it.
 * All functions run on the thread of their environment. Descriptors are non-blocking and close-on-exec. Only wait and exchange block.
 * Packets are copied between the kernel and JavaScript's own memory; nothing native is ever shown to JavaScript as a buffer.
 */
#ifndef SIGNALBOX_SEQPACKET_H
#define SIGNALBOX_SEQPACKET_H

#include <uv.h>

#include "arguments.h"

/* Packets of one turn, both ways, in arrays of JavaScript that seqpacket-batch.c describes. */
struct seqpacket_batch;

struct seqpacket {
  napi_env env;
  int fd; /* -1 once closed */
  int owners;
  uv_poll_t *poll; /* NULL until first watched; closed before the descriptor is */
  int events;      /* uv_poll events asked for */
  napi_ref self;   /* strong while watched, so that a forgotten object is not collected under the loop */
  napi_ref on_readable;
  napi_ref on_writable;
  napi_ref buffer; /* keeps `into` alive */
  struct bytes into;
  bool accepts;
  int turns_without_look; /* see TURNS_WITHOUT_LOOK */
  struct seqpacket_batch *batch; /* NULL: one packet a callback */
  int unanswered; /* packets sent less packets received since then, never below 0: about how many may be on their way */
  napi_async_cleanup_hook_handle cleanup;
};

bool seqpacket_register(napi_env env, napi_value exports);
/* The struct of an open socket object, or NULL with an exception pending (EBADF when closed). */
struct seqpacket *seqpacket_of(napi_env env, napi_value value);
/* A new object that owns `fd`; on failure the descriptor is closed and NULL returned with an exception pending. */
napi_value seqpacket_wrap(napi_env env, int fd);
/* Receives one packet: its length, 0 at end of file, or -errno; -EMSGSIZE when it did not fit. */
int seqpacket_receive_into(int fd, struct bytes into);
/* The next connection of a listener, or -errno. */
int seqpacket_accept_fd(int fd);
void seqpacket_release(struct seqpacket *socket);
/* Stops watching and closes the descriptor once the loop has let go of it. Idempotent. */
void seqpacket_close_now(struct seqpacket *socket);

/* Makes sure the loop watches the socket for `events` and keeps its object alive; false with an exception pending. */
bool seqpacket_ask_for(napi_env env, napi_value object, struct seqpacket *socket, int events);
/* Frees the batch and lets go of its arrays; what was gathered and not flushed is lost. */
void seqpacket_drop_batch(struct seqpacket *socket);
/* From now on `on_readable` is called, with one packet at a time when `batch` is NULL. Takes both over and lets go of those before. */
void seqpacket_set_reader(struct seqpacket *socket, napi_ref on_readable, struct seqpacket_batch *batch);
/* So many packets more were sent. */
void seqpacket_count_sent(struct seqpacket *socket, int count);
/*
 * Receives packets into the batch and calls back once for all of them: their number, 0 when none was there, -1 at the end. `is_drained`
 * tells whether nothing more can be expected now.
 */
int seqpacket_read_batch(struct seqpacket *socket, bool *is_drained);
/* While open, JavaScript may gather packets; closing sends them. Nothing for sockets without a batch. */
void seqpacket_open_gathering(struct seqpacket *socket);
void seqpacket_flush_gathered(struct seqpacket *socket);
void seqpacket_close_gathering(struct seqpacket *socket);

napi_value seqpacket_watch_batches(napi_env env, napi_callback_info info);
napi_value seqpacket_flush(napi_env env, napi_callback_info info);
napi_value seqpacket_watch_packets(napi_env env, napi_callback_info info);
napi_value seqpacket_watch_connections(napi_env env, napi_callback_info info);
napi_value seqpacket_once_writable(napi_env env, napi_callback_info info);
napi_value seqpacket_unwatch(napi_env env, napi_callback_info info);

#endif
