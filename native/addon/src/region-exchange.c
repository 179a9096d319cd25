/* One message each way: docs/protocols/netipc.md sections 9.5 and 9.6. Futexes are the shared kind: the words lie in a file mapping. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "region.h"

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void region_wake(const struct region_side *side) {
  syscall(SYS_futex, (void *)side->signal, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void region_wait_signal(const struct region_side *side, uint32_t seen, int64_t timeout_ns) {
  struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
  syscall(SYS_futex, (void *)side->signal, FUTEX_WAIT, seen, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
}

bool region_has_message(const struct region *region) {
  uint64_t expected = atomic_load_explicit(&region->received, memory_order_relaxed) + 1;
  return atomic_load_explicit(region->in.sequence, memory_order_acquire) >= expected;
}

struct taking {
  struct region *region;
  struct bytes into;
  uint32_t spin;
  int32_t timeout_ms;
};

static int take_unguarded(struct region *region, struct bytes into) {
  if (!region_has_message(region)) return REGION_TIMEOUT;
  uint64_t expected = atomic_load_explicit(&region->received, memory_order_relaxed) + 1;
  uint32_t length = atomic_load_explicit(region->in.length, memory_order_acquire);
  size_t limit = into.length < region->in.capacity ? into.length : region->in.capacity;
  if (length <= limit) memcpy(into.data, region->in.area, length);
  atomic_thread_fence(memory_order_acquire);
  uint64_t sequence_after = atomic_load_explicit(region->in.sequence, memory_order_acquire);
  uint32_t length_after = atomic_load_explicit(region->in.length, memory_order_acquire);
  /* The message is consumed whatever it was, as the reference does, so that both sides keep counting alike. */
  atomic_store_explicit(&region->received, expected, memory_order_relaxed);
  if (sequence_after != expected || length_after != length) return REGION_CHANGED;
  if (length == 0) return REGION_EMPTY;
  if (length > limit) return REGION_TOO_LARGE;
  return (int)length;
}

static int act_take(void *data) {
  const struct taking *taking = data;
  return take_unguarded(taking->region, taking->into);
}

int region_take(struct region *region, struct bytes into) {
  struct taking taking = {.region = region, .into = into};
  return region_access(region, act_take, &taking);
}

static int act_receive(void *data) {
  const struct taking *taking = data;
  struct region *region = taking->region;
  int32_t timeout_ms = taking->timeout_ms;
  for (uint32_t turn = 0; turn <= taking->spin; turn += 1) {
    if (region_has_message(region)) return take_unguarded(region, taking->into);
    if (turn < taking->spin) pause_briefly();
  }
  int64_t deadline = timeout_ms < 0 ? -1 : now_ns() + (int64_t)timeout_ms * 1000000;
  while (timeout_ms != 0) {
    /* The signal is read before the sequence: the other way round a wake-up between the two would be lost. */
    uint32_t seen = atomic_load_explicit(region->in.signal, memory_order_acquire);
    if (region_has_message(region)) return take_unguarded(region, taking->into);
    int64_t left = deadline < 0 ? -1 : deadline - now_ns();
    if (deadline >= 0 && left <= 0) return REGION_TIMEOUT;
    region_wait_signal(&region->in, seen, left);
  }
  return REGION_TIMEOUT;
}

/* regionReceive(region, buffer, spin, timeoutMs): length or a negative region_result. timeoutMs 0 looks and returns; < 0 waits for ever. */
napi_value region_receive(napi_env env, napi_callback_info info) {
  napi_value values[4];
  struct region *region = NULL;
  struct bytes into;
  uint32_t spin = 0;
  int32_t timeout_ms = 0;
  if (!arguments_read(env, info, 4, values) || (region = region_ready(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into) || !argument_u32(env, values[2], &spin) ||
      !argument_i32(env, values[3], &timeout_ms))
    return NULL;
  struct taking taking = {.region = region, .into = into, .spin = spin, .timeout_ms = timeout_ms};
  return make_i32(env, region_access(region, act_receive, &taking));
}

struct sending {
  const struct region_side *out;
  struct bytes head;
  struct bytes body;
};

static int act_send(void *data) {
  const struct sending *sending = data;
  const struct region_side *out = sending->out;
  memcpy(out->area, sending->head.data, sending->head.length);
  if (sending->body.length > 0) memcpy(out->area + sending->head.length, sending->body.data, sending->body.length);
  atomic_store_explicit(out->length, (uint32_t)(sending->head.length + sending->body.length), memory_order_release);
  atomic_fetch_add_explicit(out->sequence, 1, memory_order_release);
  atomic_fetch_add_explicit(out->signal, 1, memory_order_release);
  syscall(SYS_futex, (void *)out->signal, FUTEX_WAKE, 1, NULL, NULL, 0);
  return 0;
}

/* regionSend(region, head, body?): 0; REGION_EMPTY or REGION_TOO_LARGE with nothing changed; REGION_GONE. */
napi_value region_send(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct region *region = NULL;
  struct bytes head;
  struct bytes body;
  if (!arguments_read(env, info, 3, values) || (region = region_ready(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &head) || !argument_optional_bytes(env, values[2], &body))
    return NULL;
  const struct region_side *out = &region->out;
  size_t length = head.length + body.length;
  if (length == 0) return make_i32(env, REGION_EMPTY);
  if (length > out->capacity) return make_i32(env, REGION_TOO_LARGE);
  struct sending sending = {.out = out, .head = head, .body = body};
  return make_i32(env, region_access(region, act_send, &sending));
}
