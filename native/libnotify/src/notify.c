/* The public functions, the one-time start, fork() and the end of the process. */
#include "spdk_go_notify.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config_file.h"
#include "delivery.h"
#include "spdk_go_notify_stats.h"
#include "worker.h"

#define EXPORTED __attribute__((visibility("default")))

/* Without a usable limit in the configuration the process still has to end. */
#define FLUSH_WITHOUT_LIMIT_NS (2 * NS_PER_S)

enum state {
	STATE_NEW,    /* no call yet */
	STATE_LOADED, /* settings known, no worker: after fork() in the child, or no thread could be had */
	STATE_RUNNING,
	STATE_UNUSABLE,
};

static struct {
	_Atomic int state;
	struct queue queue;
	struct counters counters;
	pthread_mutex_t start_lock;
	struct settings settings;
	struct url url;
	char *file;
	const char *problem;
	struct delivery delivery;
} notify = { .start_lock = PTHREAD_MUTEX_INITIALIZER };

static void fork_prepare(void)
{
	pthread_mutex_lock(&notify.start_lock);
	queue_fork_prepare(&notify.queue);
	connection_fork_prepare();
}

static void fork_parent(void)
{
	connection_fork_parent();
	queue_fork_parent(&notify.queue);
	pthread_mutex_unlock(&notify.start_lock);
}

static void fork_child(void)
{
	delivery_fork_child(&notify.delivery);
	queue_fork_child(&notify.queue);
	memset(&notify.counters, 0, sizeof notify.counters);
	if (atomic_load(&notify.state) == STATE_RUNNING)
		atomic_store(&notify.state, STATE_LOADED);
	pthread_mutex_unlock(&notify.start_lock);
}

__attribute__((constructor)) static void library_loaded(void)
{
	queue_init(&notify.queue);
	connection_init(&notify.delivery.connection);
	worker_remember_processors();
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

/* Runs after every atexit() handler of the program, so that their events are sent as well. */
__attribute__((destructor)) static void library_ends(void)
{
	if (atomic_load(&notify.state) != STATE_RUNNING)
		return;
	int64_t limit_ns = notify.settings.timeout_ns;
	if (limit_ns <= 0)
		limit_ns = FLUSH_WITHOUT_LIMIT_NS;
	queue_wait_drained(&notify.queue, add_ns(monotonic_ns(), limit_ns));
}

static void load(void)
{
	bool good = config_load(&notify.settings, &notify.file, &notify.problem);
	const struct url *url = NULL;
	if (good) {
		const struct bytes *endpoint = &notify.settings.endpoint;
		enum url_verdict verdict = url_parse(&notify.url, endpoint->at, endpoint->used);
		if (verdict == URL_GOOD)
			url = &notify.url;
		else
			notify.problem = "the endpoint is not a usable http address: every event is dropped";
		if (verdict == URL_NEEDS_TLS) {
			notify.problem = "https endpoints are not supported by this library: it has no TLS";
			good = false;
		}
	}
	if (good)
		delivery_init(&notify.delivery, &notify.queue, &notify.counters, &notify.settings, url);
	if (good && url != NULL && notify.delivery.target.url == NULL)
		notify.problem = "the method is not an HTTP token: every event is dropped";
	atomic_store(&notify.state, good ? STATE_LOADED : STATE_UNUSABLE);
}

/* Loads the settings once; false when they are unusable. Called with start_lock held. */
static bool ensure_loaded(void)
{
	if (atomic_load(&notify.state) == STATE_NEW)
		load();
	return atomic_load(&notify.state) != STATE_UNUSABLE;
}

/* The first call, the first one in a forked child, and every call while nothing can be sent. */
static __attribute__((noinline)) bool ensure_running(void)
{
	int saved = errno;
	pthread_mutex_lock(&notify.start_lock);
	bool good = ensure_loaded();
	if (good && atomic_load(&notify.state) == STATE_LOADED) {
		good = queue_open_wake(&notify.queue) && worker_start(&notify.delivery);
		if (good) {
			atomic_store(&notify.state, STATE_RUNNING);
			queue_open(&notify.queue);
		}
	}
	pthread_mutex_unlock(&notify.start_lock);
	errno = saved;
	return good;
}

EXPORTED int NotifyEvent(const char *event, const char *payload)
{
	bool named = event != NULL && *event != 0;
	enum queue_push_result result = named ? queue_push(&notify.queue, event, payload) : QUEUE_NOT_OPEN;
	/* Even a call without a name loads the configuration, as in the original. */
	if (result == QUEUE_NOT_OPEN && ensure_running() && named)
		result = queue_push(&notify.queue, event, payload);
	if (result == QUEUE_NOT_OPEN)
		count_up(&notify.counters.refused);
	return result == QUEUE_PUSHED ? 0 : -1;
}

EXPORTED void NotifyReadStats(struct NotifyStats *out, size_t out_bytes)
{
	const struct counters *counters = &notify.counters;
	struct NotifyStats stats = {
		.refused = count_of(&counters->refused),
		.dropped_unsendable = count_of(&counters->dropped_unsendable),
		.delivered = count_of(&counters->delivered),
		.lost = count_of(&counters->lost),
		.failed_attempts = count_of(&counters->failed_attempts),
		.requests = count_of(&counters->requests),
		.connections = count_of(&counters->connections),
	};
	queue_counts(&notify.queue, &stats.accepted, &stats.dropped_full, &stats.pending);
	memset(out, 0, out_bytes);
	memcpy(out, &stats, out_bytes < sizeof stats ? out_bytes : sizeof stats);
}

EXPORTED int NotifyReadSettings(struct NotifySettings *out, size_t out_bytes)
{
	int saved = errno;
	pthread_mutex_lock(&notify.start_lock);
	bool good = ensure_loaded();
	pthread_mutex_unlock(&notify.start_lock);
	errno = saved;
	struct NotifySettings settings = { .file = notify.file, .problem = notify.problem };
	if (good) {
		settings.endpoint = (const char *)notify.settings.endpoint.at;
		settings.method = (const char *)notify.settings.method.at;
		settings.source = (const char *)notify.settings.source.at;
		settings.timeout_ns = notify.settings.timeout_ns;
		settings.retry = notify.settings.retry;
		settings.retry_backoff_ms = notify.settings.retry_backoff_ms;
	}
	memset(out, 0, out_bytes);
	memcpy(out, &settings, out_bytes < sizeof settings ? out_bytes : sizeof settings);
	return good ? 0 : -1;
}
