/*
 * Shared-memory regions of netipc sessions (docs/protocols/netipc.md section 9). The file is mapped here and never shown to JavaScript as a buffer:
 * headers and messages are copied, so that a peer that rewrites the area cannot change what was checked.
 * A region belongs to its JavaScript object; while watched, one waiting thread also holds it. Create, attach and exchange run on the thread
 * of the environment; region_receive blocks up to its timeout and is for workers when the timeout is not zero.
 */
#ifndef SIGNALBOX_REGION_H
#define SIGNALBOX_REGION_H

#include <pthread.h>
#include <stdatomic.h>

#include "arguments.h"

#define REGION_HEADER_BYTES 64

/* Where the words of the header stand; the wire's layout, little-endian hosts only. */
#define AT_REQUEST_SEQUENCE 32
#define AT_RESPONSE_SEQUENCE 40
#define AT_REQUEST_LENGTH 48
#define AT_RESPONSE_LENGTH 52
#define AT_REQUEST_SIGNAL 56
#define AT_RESPONSE_SIGNAL 60

/* One direction: an area and its words, all inside the mapping. */
struct region_side {
  uint8_t *area;
  size_t capacity;
  _Atomic uint64_t *sequence;
  _Atomic uint32_t *length;
  _Atomic uint32_t *signal;
};

/* REGION_GONE: the file was cut short under the mapping; nothing can be read or written any more. */
enum region_result {
  REGION_TIMEOUT = -1,
  REGION_TOO_LARGE = -2,
  REGION_EMPTY = -3,
  REGION_CHANGED = -4,
  REGION_GONE = -5
};

struct region_watch;

struct region {
  uint8_t *map; /* NULL once closed */
  size_t map_bytes;
  char *path;      /* unlinked at close by the side that created it */
  uint64_t device; /* identity of the file we made, so that a successor's file is left alone */
  uint64_t inode;
  bool is_owner;
  bool is_configured;
  struct region_side out;
  struct region_side in;
  _Atomic uint64_t received; /* sequence of the last message taken */
  struct region_watch *watch;
};

bool region_register(napi_env env, napi_value exports);
/* The struct of an open region object, or NULL with an exception pending (EBADF when closed). */
struct region *region_of(napi_env env, napi_value value);
/* As region_of, but the region must be configured. */
struct region *region_ready(napi_env env, napi_value value);

/* Runs act(data) guarded against a file that was cut short (region-guard.h); REGION_GONE then. Everything below reads the mapping so. */
int region_access(const struct region *region, int (*act)(void *data), void *data);
/* Copies the next message if it is there: its length, REGION_TIMEOUT when not, or another region_result. Never blocks. */
int region_take(struct region *region, struct bytes into);
/* True when a message waits. Only inside region_access. */
bool region_has_message(const struct region *region);
/* Waits up to timeout_ms (< 0 = for ever) for the incoming signal to leave `seen`; spurious returns are allowed. */
void region_wait_signal(const struct region_side *side, uint32_t seen, int64_t timeout_ns);
/* Wakes whoever waits for our own incoming signal, so that a waiting thread can be told to stop. */
void region_wake(const struct region_side *side);
/* Ends the waiting thread, if any. Idempotent. Joins: at most one futex tick. */
void region_stop_watching(struct region *region);

napi_value region_send(napi_env env, napi_callback_info info);
napi_value region_receive(napi_env env, napi_callback_info info);
napi_value region_watch_messages(napi_env env, napi_callback_info info);
napi_value region_unwatch(napi_env env, napi_callback_info info);

#endif
