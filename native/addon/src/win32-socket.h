/*
 * The socket functions of the addon on Windows, over message-mode pipes: the same names and promises as seqpacket.h, so that the TypeScript side
 * knows one transport. A struct is owned by its JavaScript object and, while watched, by the event loop; the last owner frees it.
 * All functions run on the thread of their environment; the thread pool of Windows only wakes the loop. Only wait and exchange block.
 */
#ifndef SIGNALBOX_WIN32_SOCKET_H
#define SIGNALBOX_WIN32_SOCKET_H

#include "win32-pipe.h"

#include <uv.h>

#include "arguments.h"

struct pipe_socket {
  napi_env env;
  int owners;
  struct pipe *pipe;              /* one of these two, both NULL once closed */
  struct pipe_listener *listener;
  uv_async_t *wake; /* NULL until first watched; closed after the pool's waits have ended */
  bool is_reading;  /* somebody wants packets or connections */
  napi_ref self;    /* strong while watched, so that a forgotten object is not collected under the loop */
  napi_ref on_readable;
  napi_ref on_writable;
  napi_ref buffer; /* keeps `into` alive */
  struct bytes into;
  napi_async_cleanup_hook_handle cleanup;
};

bool win32_socket_register(napi_env env, napi_value exports);
/* The struct of an open socket object, or NULL with an exception pending (EBADF when closed, or of the other kind). */
struct pipe_socket *pipe_of(napi_env env, napi_value value);
struct pipe_socket *listener_of(napi_env env, napi_value value);
/* A new object that owns one of the two; on failure it is closed and NULL returned with an exception pending. */
napi_value pipe_wrap(napi_env env, struct pipe *pipe, struct pipe_listener *listener);
void pipe_socket_release(struct pipe_socket *socket);
/* Ends the pool's waits, closes, and lets the loop go. Idempotent. */
void pipe_socket_close(struct pipe_socket *socket);

napi_value pipe_watch_packets(napi_env env, napi_callback_info info);
napi_value pipe_watch_connections(napi_env env, napi_callback_info info);
napi_value pipe_once_writable(napi_env env, napi_callback_info info);
napi_value pipe_unwatch(napi_env env, napi_callback_info info);

#endif
