/*
 * The ordered, bounded queue between the callers and the one worker thread.
 *
 * Callers: queue_push() only; it takes one short lock, never waits for the worker and wakes it only when
 * it sleeps. Worker: everything marked so. The memory of a record belongs to the queue and stays valid
 * until queue_pop().
 */
#ifndef NOTIFY_QUEUE_H
#define NOTIFY_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "short_lock.h"

/* With these a queue full of 80-byte payloads holds 100 000 events and stays below 16 MB. */
enum { QUEUE_ITEMS_MAX = 131072, QUEUE_BYTES_MAX = 12 * 1024 * 1024 };

struct queue_record {
	const uint8_t *event;
	const uint8_t *payload;
	uint32_t event_bytes;
	uint32_t payload_bytes;    /* 0 = no payload */
	uint32_t connect_failures; /* what queue_connect_failures() was at the call */
	int64_t unix_s;            /* wall clock at the call */
};

struct queue_chunk;

struct queue {
	/* One cache line, all that an ordinary call touches besides its record: each line that another core
	 * wrote last costs the caller about 0.1 us. `pushed` wraps around. */
	_Alignas(64) struct short_lock lock;
	bool is_open; /* the worker runs */
	struct queue_chunk *tail;
	uint32_t tail_used;
	uint32_t tail_capacity;
	_Atomic uint32_t pushed;
	uint32_t connect_failures;
	int sleeper_fd; /* what wakes the worker while it sleeps, else -1 */
	_Atomic int64_t unix_s; /* wall clock while the worker keeps it fresh, else 0 */
	/* The rest of what the lock guards. */
	_Alignas(64) size_t held_bytes;
	uint64_t taken; /* of the records, when the worker last looked */
	int wake_fd;    /* -1 = no worker */
	struct queue_chunk *spare;
	size_t spare_count;
	uint64_t dropped_full;
	struct queue_chunk *abandoned; /* the parent's chunks, in a forked child */
	/* Worker only. */
	_Alignas(64) struct queue_chunk *head;
	uint32_t head_at;
	uint32_t head_known;
	_Atomic uint64_t popped;
	_Atomic uint64_t resolved;
};

/* Once, before anything else. */
void queue_init(struct queue *queue);
/* Opens what wakes the worker. False when the process has no descriptor left. Caller's thread, before the
 * worker starts. */
bool queue_open_wake(struct queue *queue);
/* After the worker has started: queue_push() accepts from now on. */
void queue_open(struct queue *queue);
/* Copies one event; payload NULL = none. Full, or short of memory, is counted. Any thread. */
enum queue_push_result { QUEUE_PUSHED, QUEUE_FULL, QUEUE_NOT_OPEN };
enum queue_push_result queue_push(struct queue *queue, const char *event, const char *payload);

/* Worker: the oldest record not popped; false when there is none. */
bool queue_peek(struct queue *queue, struct queue_record *record);
/* Worker: forgets the record queue_peek() gave. It is not resolved yet. */
void queue_pop(struct queue *queue);
/* Worker: `count` popped records have come to their end (delivered, dropped or lost). */
void queue_resolve(struct queue *queue, uint64_t count);
/* Worker: true when a record waits; cheap enough to poll. */
bool queue_has_news(const struct queue *queue);
/* Worker: it looks many times a second from now on (true) or may sleep (false). While it looks, it keeps the
 * time for the callers, who then need not ask for it. */
void queue_keep_time(struct queue *queue, bool keeps);
/* Worker: announces that it is going to sleep on wake_fd; false (and awake) when a record has come
 * meanwhile. */
bool queue_sleep_begin(struct queue *queue);
/* Worker: awake again. */
void queue_sleep_end(struct queue *queue);
/* Worker: one more attempt to reach the receiver failed; returns the new total (it wraps around). */
uint32_t queue_note_connect_failure(struct queue *queue);

/* Any thread: waits until every accepted record is resolved, or until the monotonic `deadline_ns`. */
void queue_wait_drained(struct queue *queue, int64_t deadline_ns);
/* Any thread: accepted calls, calls dropped because the queue was full, records not resolved yet. */
void queue_counts(struct queue *queue, uint64_t *accepted, uint64_t *dropped_full, uint64_t *pending);

/* Around fork(): the child begins empty and without a worker; what the parent has queued stays the
 * parent's. */
void queue_fork_prepare(struct queue *queue);
void queue_fork_parent(struct queue *queue);
void queue_fork_child(struct queue *queue);

#endif
