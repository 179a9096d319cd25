/*
 * Waiting for a region without blocking JavaScript: one thread sleeps on the futex and posts to the event loop, then waits until the message was
 * taken. It touches the mapping only; region_stop_watching joins it before the mapping goes away.
 */
#include <stdlib.h>

#include "region.h"

/* A waiting thread looks at its stop flag this often even if nobody wakes it. */
#define TICK_NS 100000000LL
#define SPIN_TURNS 200

struct region_watch {
  napi_env env;
  struct region *region;
  pthread_t thread;
  napi_threadsafe_function post;
  napi_ref buffer;
  struct bytes into;
  _Atomic bool stopping;
  pthread_mutex_t lock;
  pthread_cond_t taken_changed;
  bool is_posted; /* a message was announced and not yet taken */
};

/* 1 for a message, 0 for the order to stop. */
static int act_wait(void *data) {
  struct region_watch *watch = data;
  const struct region *region = watch->region;
  while (!atomic_load(&watch->stopping)) {
    for (int turn = 0; turn < SPIN_TURNS; turn += 1)
      if (region_has_message(region)) return 1;
    uint32_t seen = atomic_load_explicit(region->in.signal, memory_order_acquire);
    if (region_has_message(region)) return 1;
    region_wait_signal(&region->in, seen, TICK_NS);
  }
  return 0;
}

static void wait_until_taken(struct region_watch *watch) {
  pthread_mutex_lock(&watch->lock);
  while (watch->is_posted && !atomic_load(&watch->stopping)) pthread_cond_wait(&watch->taken_changed, &watch->lock);
  pthread_mutex_unlock(&watch->lock);
}

static void wait_until_stopped(struct region_watch *watch) {
  pthread_mutex_lock(&watch->lock);
  while (!atomic_load(&watch->stopping)) pthread_cond_wait(&watch->taken_changed, &watch->lock);
  pthread_mutex_unlock(&watch->lock);
}

static void *wait_thread(void *data) {
  struct region_watch *watch = data;
  int found;
  while (!atomic_load(&watch->stopping) && (found = region_access(watch->region, act_wait, watch)) != 0) {
    pthread_mutex_lock(&watch->lock);
    watch->is_posted = true;
    pthread_mutex_unlock(&watch->lock);
    if (napi_call_threadsafe_function(watch->post, NULL, napi_tsfn_nonblocking) != napi_ok) break;
    /* A region that is gone is told once. The function stays alive until the watch is stopped: its finalizer frees the watch. */
    if (found == REGION_GONE) wait_until_stopped(watch);
    else wait_until_taken(watch);
  }
  napi_release_threadsafe_function(watch->post, napi_tsfn_release);
  return NULL;
}

static void announce_taken(struct region_watch *watch) {
  pthread_mutex_lock(&watch->lock);
  watch->is_posted = false;
  pthread_cond_signal(&watch->taken_changed);
  pthread_mutex_unlock(&watch->lock);
}

/* On the event loop: copies the message and tells JavaScript its length. `context` is the watch, alive until its finalizer. */
static void deliver(napi_env env, napi_value callback, void *context, void *data) {
  struct region_watch *watch = context;
  if (env == NULL || atomic_load(&watch->stopping)) return;
  int length = region_take(watch->region, watch->into);
  announce_taken(watch);
  if (length == REGION_TIMEOUT) return;
  napi_value number = make_i32(env, length);
  napi_value target;
  napi_value result;
  if (number == NULL || napi_get_global(env, &target) != napi_ok) return;
  napi_call_function(env, target, callback, 1, &number, &result); /* Node reports what it throws as uncaught */
}

static void finalize_watch(napi_env env, void *data, void *hint) {
  struct region_watch *watch = data;
  if (watch->buffer != NULL) napi_delete_reference(env, watch->buffer);
  pthread_mutex_destroy(&watch->lock);
  pthread_cond_destroy(&watch->taken_changed);
  free(watch);
}

static void stop_thread(struct region *region) {
  struct region_watch *watch = region->watch;
  if (watch == NULL) return;
  region->watch = NULL;
  pthread_mutex_lock(&watch->lock);
  atomic_store(&watch->stopping, true);
  pthread_cond_signal(&watch->taken_changed);
  pthread_mutex_unlock(&watch->lock);
  region_wake(&region->in);
  pthread_join(watch->thread, NULL);
}

static void stop_at_environment_end(void *data) { stop_thread(data); }

void region_stop_watching(struct region *region) {
  if (region->watch == NULL) return;
  napi_remove_env_cleanup_hook(region->watch->env, stop_at_environment_end, region);
  stop_thread(region);
}

static bool start_thread(napi_env env, struct region_watch *watch, napi_value callback) {
  napi_value name;
  if (!check(env, napi_create_string_utf8(env, "signalbox.region", NAPI_AUTO_LENGTH, &name)) ||
      !check(env, napi_create_threadsafe_function(env, callback, NULL, name, 0, 1, watch, finalize_watch, watch, deliver,
                                                  &watch->post)))
    return false;
  if (pthread_create(&watch->thread, NULL, wait_thread, watch) == 0) return true;
  napi_release_threadsafe_function(watch->post, napi_tsfn_abort); /* its finalizer frees the watch */
  throw_errno(env, "thread", 11);
  return false;
}

/* regionWatch(region, buffer, callback(length)): each message is in `buffer` during its callback; negative numbers are region_results. */
napi_value region_watch_messages(napi_env env, napi_callback_info info) {
  napi_value values[3];
  struct region *region = NULL;
  struct bytes into;
  if (!arguments_read(env, info, 3, values) || (region = region_ready(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into) || !argument_function(env, values[2]))
    return NULL;
  if (region->watch != NULL) return throw_code(env, "ERR_REGION_STATE", "the region is watched already");
  struct region_watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return throw_errno(env, "watch", 12);
  watch->env = env;
  watch->region = region;
  watch->into = into;
  pthread_mutex_init(&watch->lock, NULL);
  pthread_cond_init(&watch->taken_changed, NULL);
  if (!check(env, napi_create_reference(env, values[1], 1, &watch->buffer))) {
    free(watch);
    return NULL;
  }
  if (!start_thread(env, watch, values[2])) return NULL;
  region->watch = watch;
  if (!check(env, napi_add_env_cleanup_hook(env, stop_at_environment_end, region))) return NULL;
  return make_undefined(env);
}

/* regionUnwatch(region): joins the waiting thread; idempotent. */
napi_value region_unwatch(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct region *region = NULL;
  if (!arguments_read(env, info, 1, values) || (region = region_of(env, values[0])) == NULL) return NULL;
  region_stop_watching(region);
  return make_undefined(env);
}
