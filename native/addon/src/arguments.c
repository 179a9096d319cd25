#include "arguments.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool check(napi_env env, napi_status status) {
  if (status == napi_ok) return true;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) return false;
  napi_throw_error(env, "ERR_NATIVE", "Node-API call failed");
  return false;
}

napi_value throw_argument(napi_env env, const char *what) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", what);
  return NULL;
}

napi_value throw_code(napi_env env, const char *code, const char *what) {
  napi_throw_error(env, code, what);
  return NULL;
}

#ifndef _WIN32 /* win32-socket.c has its own: Windows counts errors otherwise */
napi_value throw_errno(napi_env env, const char *what, int error_number) {
  char text[256];
  snprintf(text, sizeof text, "%s: %s", what, strerror(error_number));
  const char *name = strerrorname_np(error_number);
  napi_throw_error(env, name == NULL ? "EUNKNOWN" : name, text);
  return NULL;
}
#endif

bool arguments_read(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  return check(env, napi_get_cb_info(env, info, &given, values, NULL, NULL));
}

static bool has_type(napi_env env, napi_value value, napi_valuetype wanted) {
  napi_valuetype type;
  return napi_typeof(env, value, &type) == napi_ok && type == wanted;
}

bool argument_path(napi_env env, napi_value value, char *path, size_t *length) {
  size_t needed = 0;
  if (!has_type(env, value, napi_string) || napi_get_value_string_utf8(env, value, NULL, 0, &needed) != napi_ok) {
    throw_argument(env, "path must be a string");
    return false;
  }
  if (needed == 0 || needed >= PATH_BYTES_MAX) {
    throw_code(env, "ENAMETOOLONG", "path is empty or too long");
    return false;
  }
  if (!check(env, napi_get_value_string_utf8(env, value, path, PATH_BYTES_MAX, length))) return false;
  if (memchr(path, 0, *length) != NULL) {
    throw_argument(env, "path holds a NUL");
    return false;
  }
  return true;
}

static bool whole_number(napi_env env, napi_value value, double low, double high, double *number) {
  if (has_type(env, value, napi_number) && napi_get_value_double(env, value, number) == napi_ok && *number >= low &&
      *number <= high && floor(*number) == *number)
    return true;
  throw_argument(env, "a whole number in range is needed");
  return false;
}

bool argument_u32(napi_env env, napi_value value, uint32_t *number) {
  double found;
  if (!whole_number(env, value, 0, 4294967295.0, &found)) return false;
  *number = (uint32_t)found;
  return true;
}

bool argument_i32(napi_env env, napi_value value, int32_t *number) {
  double found;
  if (!whole_number(env, value, -2147483648.0, 2147483647.0, &found)) return false;
  *number = (int32_t)found;
  return true;
}

bool argument_size(napi_env env, napi_value value, size_t *number) {
  double found;
  if (!whole_number(env, value, 0, 9007199254740992.0, &found)) return false;
  *number = (size_t)found;
  return true;
}

bool argument_bool(napi_env env, napi_value value, bool *flag) {
  if (has_type(env, value, napi_boolean) && napi_get_value_bool(env, value, flag) == napi_ok) return true;
  throw_argument(env, "a boolean is needed");
  return false;
}

bool argument_bytes(napi_env env, napi_value value, struct bytes *bytes) {
  napi_typedarray_type type;
  void *data = NULL;
  /* Fails for anything that is no typed array: nothing else needs to be asked on this hot path. */
  if (napi_get_typedarray_info(env, value, &type, &bytes->length, &data, NULL, NULL) == napi_ok &&
      type == napi_uint8_array) {
    bytes->data = data;
    return true;
  }
  throw_argument(env, "a Uint8Array is needed");
  return false;
}

bool argument_optional_bytes(napi_env env, napi_value value, struct bytes *bytes) {
  if (has_type(env, value, napi_undefined)) {
    bytes->data = NULL;
    bytes->length = 0;
    return true;
  }
  return argument_bytes(env, value, bytes);
}

bool argument_function(napi_env env, napi_value value) {
  if (has_type(env, value, napi_function)) return true;
  throw_argument(env, "a function is needed");
  return false;
}

void *argument_wrapped(napi_env env, napi_value value, const napi_type_tag *tag, const char *what) {
  bool is_ours = false;
  void *data = NULL;
  if (has_type(env, value, napi_object) && napi_check_object_type_tag(env, value, tag, &is_ours) == napi_ok && is_ours &&
      napi_unwrap(env, value, &data) == napi_ok)
    return data;
  throw_argument(env, what);
  return NULL;
}

napi_value make_i32(napi_env env, int32_t number) {
  napi_value value = NULL;
  return check(env, napi_create_int32(env, number, &value)) ? value : NULL;
}

napi_value make_f64(napi_env env, double number) {
  napi_value value = NULL;
  return check(env, napi_create_double(env, number, &value)) ? value : NULL;
}

napi_value make_bool(napi_env env, bool flag) {
  napi_value value = NULL;
  return check(env, napi_get_boolean(env, flag, &value)) ? value : NULL;
}

napi_value make_undefined(napi_env env) {
  napi_value value = NULL;
  return check(env, napi_get_undefined(env, &value)) ? value : NULL;
}

bool define_function(napi_env env, napi_value target, const char *name, napi_callback callback) {
  napi_value function;
  return check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function)) &&
         check(env, napi_set_named_property(env, target, name, function));
}

static void report_uncaught(napi_env env) {
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

void call_back_value(napi_env env, napi_ref function, napi_value value) {
  napi_value target;
  napi_value callback;
  napi_value result;
  if (napi_get_reference_value(env, function, &callback) != napi_ok || callback == NULL) return;
  if (napi_get_global(env, &target) != napi_ok) return;
  napi_status status = napi_make_callback(env, NULL, target, callback, 1, &value, &result);
  if (status == napi_pending_exception) report_uncaught(env);
}

void call_back_i32(napi_env env, napi_ref function, int32_t number) {
  napi_handle_scope scope;
  napi_value value;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_create_int32(env, number, &value) == napi_ok) call_back_value(env, function, value);
  napi_close_handle_scope(env, scope);
}
