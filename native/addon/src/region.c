#include "region.h"
#include "region-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const napi_type_tag REGION_TAG = {0x5ea9ac4e70000002ULL, 0x51a1b0c5ULL};
/* Nobody needs more; a larger claim is a mistake. */
#define REGION_BYTES_MAX ((size_t)1 << 31)

static void unlink_own_file(const struct region *region) {
  struct stat found;
  if (lstat(region->path, &found) != 0) return;
  if (found.st_dev == region->device && found.st_ino == region->inode) unlink(region->path);
}

static void close_region(struct region *region) {
  if (region->map == NULL) return;
  region_stop_watching(region);
  munmap(region->map, region->map_bytes);
  region->map = NULL;
  if (region->is_owner) unlink_own_file(region);
}

static void finalize_region(napi_env env, void *data, void *hint) {
  struct region *region = data;
  close_region(region);
  free(region->path);
  free(region);
}

struct region *region_of(napi_env env, napi_value value) {
  struct region *region = argument_wrapped(env, value, &REGION_TAG, "a region of this addon is needed");
  if (region == NULL) return NULL;
  if (region->map != NULL) return region;
  throw_errno(env, "region is closed", EBADF);
  return NULL;
}

struct region *region_ready(napi_env env, napi_value value) {
  struct region *region = region_of(env, value);
  if (region == NULL || region->is_configured) return region;
  throw_code(env, "ERR_REGION_STATE", "the region is not configured");
  return NULL;
}

int region_access(const struct region *region, int (*act)(void *data), void *data) {
  return region_guarded(region->map, region->map_bytes, act, data, REGION_GONE);
}

static napi_value throw_gone(napi_env env) {
  return throw_code(env, "ERR_REGION_GONE", "the region file was cut short by somebody else");
}

static napi_value wrap_region(napi_env env, struct region *region) {
  napi_value object = NULL;
  if (check(env, napi_create_object(env, &object)) &&
      check(env, napi_wrap(env, object, region, finalize_region, NULL, NULL)))
    return check(env, napi_type_tag_object(env, object, &REGION_TAG)) ? object : NULL;
  finalize_region(env, region, NULL);
  return NULL;
}

static struct region *new_region(const char *path, int fd, size_t bytes, bool is_owner, int *error_number) {
  struct region *region = region_guard_install() ? calloc(1, sizeof *region) : NULL;
  struct stat file;
  void *map = MAP_FAILED;
  if (region != NULL && fstat(fd, &file) == 0)
    map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED || (region->path = strdup(path)) == NULL) {
    *error_number = errno;
    if (map != MAP_FAILED) munmap(map, bytes);
    free(region);
    return NULL;
  }
  region->map = map;
  region->map_bytes = bytes;
  region->device = file.st_dev;
  region->inode = file.st_ino;
  region->is_owner = is_owner;
  return region;
}

/* Reserves every page now: a sparse file on a full tmpfs would kill the process with SIGBUS at the first write. */
static int reserve(int fd, size_t bytes) {
  int result;
  do result = fallocate(fd, 0, 0, (off_t)bytes);
  while (result != 0 && errno == EINTR);
  return result;
}

struct copying {
  struct region *region;
  uint8_t *bytes;
};

static int act_initialize(void *data) {
  const struct copying *copying = data;
  memset(copying->region->map, 0, copying->region->map_bytes);
  memcpy(copying->region->map, copying->bytes, REGION_HEADER_BYTES);
  atomic_thread_fence(memory_order_release);
  return 0;
}

static int act_copy_header(void *data) {
  const struct copying *copying = data;
  memcpy(copying->bytes, copying->region->map, REGION_HEADER_BYTES);
  return 0;
}

static int act_start_receiving(void *data) {
  struct region *region = data;
  atomic_store(&region->received, atomic_load_explicit(region->in.sequence, memory_order_acquire));
  return 0;
}

/* regionCreate(path, header, fileBytes): a new 0600 file, zeroed, with the header written. EEXIST, ENOSPC and so on as they are. */
static napi_value region_create(napi_env env, napi_callback_info info) {
  napi_value values[3];
  char path[PATH_BYTES_MAX];
  size_t path_length = 0;
  size_t file_bytes = 0;
  struct bytes header;
  if (!arguments_read(env, info, 3, values) || !argument_path(env, values[0], path, &path_length) ||
      !argument_bytes(env, values[1], &header) || !argument_size(env, values[2], &file_bytes))
    return NULL;
  if (header.length != REGION_HEADER_BYTES || file_bytes < REGION_HEADER_BYTES || file_bytes > REGION_BYTES_MAX)
    return throw_argument(env, "header of 64 bytes and a file of at least as many");
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return throw_errno(env, "open", errno);
  int error_number = 0;
  struct region *region = NULL;
  if (reserve(fd, file_bytes) != 0) error_number = errno;
  else region = new_region(path, fd, file_bytes, true, &error_number);
  close(fd);
  if (region == NULL) {
    unlink(path);
    return throw_errno(env, "allocate region", error_number);
  }
  struct copying copying = {.region = region, .bytes = header.data};
  if (region_access(region, act_initialize, &copying) != 0) {
    finalize_region(env, region, NULL);
    return throw_gone(env);
  }
  return wrap_region(env, region);
}

/* regionAttach(path): maps an existing file of at least 64 bytes; a shorter one is ERR_REGION_SHORT. The caller judges the header. */
static napi_value region_attach(napi_env env, napi_callback_info info) {
  napi_value values[1];
  char path[PATH_BYTES_MAX];
  size_t path_length = 0;
  struct stat file;
  if (!arguments_read(env, info, 1, values) || !argument_path(env, values[0], path, &path_length)) return NULL;
  int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return throw_errno(env, "open", errno);
  int error_number = 0;
  struct region *region = NULL;
  if (fstat(fd, &file) != 0) error_number = errno;
  else if (!S_ISREG(file.st_mode)) error_number = EINVAL;
  else if (file.st_size < REGION_HEADER_BYTES || (size_t)file.st_size > REGION_BYTES_MAX) error_number = ERANGE;
  else region = new_region(path, fd, (size_t)file.st_size, false, &error_number);
  close(fd);
  if (error_number == ERANGE) return throw_code(env, "ERR_REGION_SHORT", "the region file is too short or too long");
  if (region == NULL) return throw_errno(env, "map region", error_number);
  atomic_thread_fence(memory_order_acquire);
  return wrap_region(env, region);
}

/* regionHeader(region): a copy of the 64 header bytes. */
static napi_value region_header(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct region *region = NULL;
  void *copy = NULL;
  napi_value buffer;
  napi_value array;
  if (!arguments_read(env, info, 1, values) || (region = region_of(env, values[0])) == NULL) return NULL;
  if (!check(env, napi_create_arraybuffer(env, REGION_HEADER_BYTES, &copy, &buffer))) return NULL;
  struct copying copying = {.region = region, .bytes = copy};
  if (region_access(region, act_copy_header, &copying) != 0) return throw_gone(env);
  return check(env, napi_create_typedarray(env, napi_uint8_array, REGION_HEADER_BYTES, buffer, 0, &array)) ? array : NULL;
}

static napi_value region_file_bytes(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct region *region = NULL;
  if (!arguments_read(env, info, 1, values) || (region = region_of(env, values[0])) == NULL) return NULL;
  return make_f64(env, (double)region->map_bytes);
}

static struct region_side side_at(const struct region *region, size_t offset, size_t capacity, size_t sequence,
                                  size_t length, size_t signal) {
  return (struct region_side){.area = region->map + offset,
                              .capacity = capacity,
                              .sequence = (_Atomic uint64_t *)(void *)(region->map + sequence),
                              .length = (_Atomic uint32_t *)(void *)(region->map + length),
                              .signal = (_Atomic uint32_t *)(void *)(region->map + signal)};
}

static bool is_inside(const struct region *region, size_t offset, size_t capacity) {
  return offset >= REGION_HEADER_BYTES && offset % 64 == 0 && capacity > 0 && offset <= region->map_bytes &&
         capacity <= region->map_bytes - offset;
}

/*
 * regionConfigure(region, isServer, requestOffset, requestCapacity, responseOffset, responseCapacity): numbers the caller has checked on its
 * copy of the header; checked against the mapping once more, because memory safety is decided here. Receiving starts from the current numbers.
 */
static napi_value region_configure(napi_env env, napi_callback_info info) {
  napi_value values[6];
  struct region *region = NULL;
  bool is_server = false;
  size_t numbers[4];
  if (!arguments_read(env, info, 6, values) || (region = region_of(env, values[0])) == NULL ||
      !argument_bool(env, values[1], &is_server))
    return NULL;
  for (int index = 0; index < 4; index += 1)
    if (!argument_size(env, values[2 + index], &numbers[index])) return NULL;
  if (region->is_configured) return throw_code(env, "ERR_REGION_STATE", "the region is configured already");
  if (!is_inside(region, numbers[0], numbers[1]) || !is_inside(region, numbers[2], numbers[3]))
    return throw_code(env, "ERR_REGION_BOUNDS", "an area lies outside the file");
  struct region_side request =
      side_at(region, numbers[0], numbers[1], AT_REQUEST_SEQUENCE, AT_REQUEST_LENGTH, AT_REQUEST_SIGNAL);
  struct region_side response =
      side_at(region, numbers[2], numbers[3], AT_RESPONSE_SEQUENCE, AT_RESPONSE_LENGTH, AT_RESPONSE_SIGNAL);
  region->in = is_server ? request : response;
  region->out = is_server ? response : request;
  if (region_access(region, act_start_receiving, region) != 0) return throw_gone(env);
  region->is_configured = true;
  return make_undefined(env);
}

/* regionClose(region): unmaps; the creator also removes its file. Idempotent. */
static napi_value region_close(napi_env env, napi_callback_info info) {
  napi_value values[1];
  void *data = NULL;
  if (!arguments_read(env, info, 1, values)) return NULL;
  data = argument_wrapped(env, values[0], &REGION_TAG, "a region of this addon is needed");
  if (data == NULL) return NULL;
  close_region(data);
  return make_undefined(env);
}

bool region_register(napi_env env, napi_value exports) {
  return define_function(env, exports, "regionCreate", region_create) &&
         define_function(env, exports, "regionAttach", region_attach) &&
         define_function(env, exports, "regionHeader", region_header) &&
         define_function(env, exports, "regionFileBytes", region_file_bytes) &&
         define_function(env, exports, "regionConfigure", region_configure) &&
         define_function(env, exports, "regionSend", region_send) &&
         define_function(env, exports, "regionReceive", region_receive) &&
         define_function(env, exports, "regionWatch", region_watch_messages) &&
         define_function(env, exports, "regionUnwatch", region_unwatch) &&
         define_function(env, exports, "regionClose", region_close);
}
