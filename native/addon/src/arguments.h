/*
 * Argument checks and errors of the addon. Main or worker thread of one environment; nothing here blocks.
 * Every function that returns false has left a JavaScript exception pending: the caller returns NULL at once.
 */
#ifndef SIGNALBOX_ARGUMENTS_H
#define SIGNALBOX_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGUMENTS_MAX 8
#define PATH_BYTES_MAX 4096

/* Bytes of a Uint8Array or Buffer: owned by JavaScript, valid until the native function returns or the array is kept by a reference. */
struct bytes {
  uint8_t *data;
  size_t length;
};

/* Reads exactly `count` arguments; missing ones are undefined. */
bool arguments_read(napi_env env, napi_callback_info info, size_t count, napi_value *values);
/* A path without NUL, at most PATH_BYTES_MAX - 1 bytes, into `path`. */
bool argument_path(napi_env env, napi_value value, char *path, size_t *length);
bool argument_u32(napi_env env, napi_value value, uint32_t *number);
bool argument_i32(napi_env env, napi_value value, int32_t *number);
/* A whole number of 0 to 2^53. */
bool argument_size(napi_env env, napi_value value, size_t *number);
bool argument_bool(napi_env env, napi_value value, bool *flag);
bool argument_bytes(napi_env env, napi_value value, struct bytes *bytes);
/* As argument_bytes; undefined gives length 0. */
bool argument_optional_bytes(napi_env env, napi_value value, struct bytes *bytes);
bool argument_function(napi_env env, napi_value value);
/* What the object of kind `tag` wraps, or NULL after throwing that `what` is needed. */
void *argument_wrapped(napi_env env, napi_value value, const napi_type_tag *tag, const char *what);

/* Throws Error(`${what}: ${strerror}`) with code = the errno's name, such as ECONNREFUSED. Always returns NULL. */
napi_value throw_errno(napi_env env, const char *what, int error_number);
/* Throws TypeError with code ERR_INVALID_ARG_TYPE. Always returns NULL. */
napi_value throw_argument(napi_env env, const char *what);
/* Throws Error with a code of ours. Always returns NULL. */
napi_value throw_code(napi_env env, const char *code, const char *what);
/* False after throwing when `status` is not napi_ok. */
bool check(napi_env env, napi_status status);

napi_value make_i32(napi_env env, int32_t number);
napi_value make_f64(napi_env env, double number);
napi_value make_bool(napi_env env, bool flag);
napi_value make_undefined(napi_env env);
bool define_function(napi_env env, napi_value target, const char *name, napi_callback callback);

/*
 * Calls `function(number)` from the event loop with its own scopes. An exception it throws becomes an uncaught exception of the
 * process, as for any event handler.
 */
void call_back_i32(napi_env env, napi_ref function, int32_t number);
void call_back_value(napi_env env, napi_ref function, napi_value value);

#endif
