#include "folder-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS 2000000L

static int lock_within(int fd, uint32_t timeout_ms) {
  const struct timespec step = {.tv_nsec = STEP_NS};
  for (int64_t left_ns = (int64_t)timeout_ms * 1000000;; left_ns -= STEP_NS) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK && errno != EINTR) return errno;
    if (left_ns <= 0) return EWOULDBLOCK;
    nanosleep(&step, NULL);
  }
}

/* withFolderLocked(path, timeoutMs, act): what act() returns or throws. EAGAIN when another process held it all the time. */
static napi_value with_folder_locked(napi_env env, napi_callback_info info) {
  napi_value values[3];
  char path[PATH_BYTES_MAX];
  size_t path_length = 0;
  uint32_t timeout_ms = 0;
  if (!arguments_read(env, info, 3, values) || !argument_path(env, values[0], path, &path_length) ||
      !argument_u32(env, values[1], &timeout_ms) || !argument_function(env, values[2]))
    return NULL;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return throw_errno(env, "open folder", errno);
  int error_number = lock_within(fd, timeout_ms);
  if (error_number == EWOULDBLOCK) {
    close(fd);
    return throw_errno(env, "lock folder", EAGAIN);
  }
  /* A file system without such locks: going on is what was done before there was one. */
  napi_value target;
  napi_value result = NULL;
  if (check(env, napi_get_global(env, &target))) check(env, napi_call_function(env, target, values[2], 0, NULL, &result));
  close(fd); /* releases the lock */
  return result;
}

bool folder_lock_register(napi_env env, napi_value exports) {
  return define_function(env, exports, "withFolderLocked", with_folder_locked);
}
