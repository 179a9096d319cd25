#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum { CHUNK_BYTES = 64 * 1024, SPARE_CHUNKS_MAX = 16 };

#define DRAIN_STEP_NS (NS_PER_MS / 5)

struct queue_chunk {
	struct queue_chunk *next;
	uint32_t capacity;
	uint32_t used; /* valid once the chunk is no longer the tail */
	_Alignas(8) uint8_t data[];
};

/* Stands before the bytes of event and payload. */
struct record_head {
	uint32_t record_bytes; /* with this head, rounded up to 8 */
	uint32_t event_bytes;
	uint32_t payload_bytes;
	uint32_t connect_failures;
	int64_t unix_s;
};

void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .wake_fd = -1, .sleeper_fd = -1 };
}

bool queue_open_wake(struct queue *queue)
{
	while (queue->abandoned != NULL) {
		struct queue_chunk *next = queue->abandoned->next;
		free(queue->abandoned);
		queue->abandoned = next;
	}
	if (queue->wake_fd < 0)
		queue->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return queue->wake_fd >= 0;
}

void queue_open(struct queue *queue)
{
	short_lock_take(&queue->lock);
	queue->is_open = true;
	short_lock_give(&queue->lock);
}

static size_t chunk_total(const struct queue_chunk *chunk)
{
	return sizeof *chunk + chunk->capacity;
}

/* Records not popped when the worker last looked. */
static uint32_t waiting(const struct queue *queue)
{
	return atomic_load_explicit(&queue->pushed, memory_order_relaxed) - (uint32_t)queue->taken;
}

/* A chunk with room for `bytes`, NULL when the queue is full. Called with the lock held. */
static struct queue_chunk *new_chunk(struct queue *queue, uint32_t bytes)
{
	uint32_t capacity = CHUNK_BYTES - sizeof(struct queue_chunk);
	if (capacity < bytes)
		capacity = bytes;
	size_t held_then = queue->held_bytes + sizeof(struct queue_chunk) + capacity;
	if (waiting(queue) >= QUEUE_ITEMS_MAX || held_then > QUEUE_BYTES_MAX)
		return NULL;
	struct queue_chunk *chunk = queue->spare;
	if (chunk != NULL && chunk->capacity >= bytes) {
		queue->spare = chunk->next;
		queue->spare_count--;
	} else {
		chunk = malloc(sizeof *chunk + capacity);
		if (chunk == NULL)
			return NULL;
		chunk->capacity = capacity;
	}
	chunk->next = NULL;
	chunk->used = 0;
	queue->held_bytes += chunk_total(chunk);
	return chunk;
}

static int64_t coarse_unix_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec;
}

static void wake(int fd)
{
	int saved = errno;
	uint64_t one = 1;
	/* A full counter means that the wake-up is already under way. */
	ssize_t ignored = write(fd, &one, sizeof one);
	(void)ignored;
	errno = saved;
}

/* Where copying stands: the next free byte and the end of the chunk. */
struct room {
	uint8_t *at;
	const uint8_t *end;
};

/* Copies a text without its NUL; false when it does not fit. Reads each byte once and calls nothing. */
static inline bool copy_text(struct room *room, const char *text)
{
	uint8_t *at = room->at;
	for (; *text != 0; text++) {
		if (at == room->end)
			return false;
		*at++ = (uint8_t)*text;
	}
	room->at = at;
	return true;
}

/* Copies one record to `start`, with room up to `end`. Returns the bytes it takes, 0 when it is too long. */
static inline uint32_t copy_record(const struct queue *queue, uint8_t *start, const uint8_t *end,
				   const char *event, const char *payload, int64_t unix_s)
{
	struct record_head head = { .connect_failures = queue->connect_failures, .unix_s = unix_s };
	if ((size_t)(end - start) < sizeof head)
		return 0;
	struct room room = { start + sizeof head, end };
	if (!copy_text(&room, event))
		return 0;
	head.event_bytes = (uint32_t)((size_t)(room.at - start) - sizeof head);
	if (payload != NULL && !copy_text(&room, payload))
		return 0;
	head.payload_bytes = (uint32_t)((size_t)(room.at - start) - sizeof head) - head.event_bytes;
	head.record_bytes = (uint32_t)(room.at - start + 7) & ~UINT32_C(7);
	if ((size_t)(end - start) < head.record_bytes)
		return 0;
	memcpy(start, &head, sizeof head);
	return head.record_bytes;
}

/* Begins a chunk that is large enough, when the queue's limits allow. Called with the lock held. */
static __attribute__((noinline)) bool grow(struct queue *queue, const char *event, const char *payload)
{
	size_t event_bytes = strlen(event);
	size_t payload_bytes = payload == NULL ? 0 : strlen(payload);
	struct queue_chunk *chunk = NULL;
	if (event_bytes < QUEUE_BYTES_MAX && payload_bytes < QUEUE_BYTES_MAX)
		chunk = new_chunk(queue, (uint32_t)(sizeof(struct record_head) + event_bytes + payload_bytes + 7));
	if (chunk == NULL) {
		queue->dropped_full++;
		return false;
	}
	if (queue->tail == NULL) {
		queue->head = chunk;
	} else {
		queue->tail->used = queue->tail_used;
		queue->tail->next = chunk;
	}
	queue->tail = chunk;
	queue->tail_used = 0;
	queue->tail_capacity = chunk->capacity;
	return true;
}

/* Called with the lock held. */
static inline uint32_t append(struct queue *queue, const char *event, const char *payload, int64_t unix_s)
{
	if (queue->tail == NULL)
		return 0;
	uint8_t *data = queue->tail->data;
	return copy_record(queue, data + queue->tail_used, data + queue->tail_capacity, event, payload, unix_s);
}

void queue_keep_time(struct queue *queue, bool keeps)
{
	int64_t unix_s = keeps ? coarse_unix_s() : 0;
	/* Not stored when it is the same: the line would be lost to the callers' caches for nothing. */
	if (atomic_load_explicit(&queue->unix_s, memory_order_relaxed) != unix_s)
		atomic_store_explicit(&queue->unix_s, unix_s, memory_order_relaxed);
}

enum queue_push_result queue_push(struct queue *queue, const char *event, const char *payload)
{
	int64_t unix_s = atomic_load_explicit(&queue->unix_s, memory_order_relaxed);
	if (unix_s == 0)
		unix_s = coarse_unix_s();
	short_lock_take(&queue->lock);
	if (!queue->is_open) {
		short_lock_give(&queue->lock);
		return QUEUE_NOT_OPEN;
	}
	uint32_t bytes = append(queue, event, payload, unix_s);
	if (bytes == 0) {
		if (!grow(queue, event, payload)) {
			short_lock_give(&queue->lock);
			return QUEUE_FULL;
		}
		bytes = append(queue, event, payload, unix_s);
	}
	queue->tail_used += bytes;
	uint32_t pushed = atomic_load_explicit(&queue->pushed, memory_order_relaxed);
	atomic_store_explicit(&queue->pushed, pushed + 1, memory_order_relaxed);
	int sleeper_fd = queue->sleeper_fd;
	queue->sleeper_fd = -1;
	short_lock_give(&queue->lock);
	if (sleeper_fd >= 0)
		wake(sleeper_fd);
	return QUEUE_PUSHED;
}

static void recycle(struct queue *queue, struct queue_chunk *chunk)
{
	queue->held_bytes -= chunk_total(chunk);
	bool usual = chunk->capacity == CHUNK_BYTES - sizeof *chunk;
	if (!usual || queue->spare_count >= SPARE_CHUNKS_MAX) {
		free(chunk);
		return;
	}
	chunk->next = queue->spare;
	queue->spare = chunk;
	queue->spare_count++;
}

/* Learns how far the callers have come; gives back the head chunk when it is used up. */
static void look_again(struct queue *queue)
{
	short_lock_take(&queue->lock);
	queue->taken = queue->popped;
	struct queue_chunk *head = queue->head;
	if (head != NULL && head != queue->tail && queue->head_at == head->used) {
		queue->head = head->next;
		queue->head_at = 0;
		recycle(queue, head);
		head = queue->head;
	}
	if (head != NULL && head == queue->tail && queue->head_at == queue->tail_used) {
		/* Empty: begin the chunk anew, so that a slow trickle of events stays on the same few
		 * pages. A big one goes. */
		queue->head_at = 0;
		queue->tail_used = 0;
		if (head->capacity > CHUNK_BYTES) {
			queue->head = NULL;
			queue->tail = NULL;
			queue->tail_capacity = 0;
			recycle(queue, head);
			head = NULL;
		}
	}
	queue->head_known = head == NULL ? 0 : head == queue->tail ? queue->tail_used : head->used;
	short_lock_give(&queue->lock);
}

bool queue_has_news(const struct queue *queue)
{
	uint32_t popped = (uint32_t)atomic_load_explicit(&queue->popped, memory_order_relaxed);
	return atomic_load_explicit(&queue->pushed, memory_order_relaxed) != popped;
}

bool queue_peek(struct queue *queue, struct queue_record *record)
{
	if (!queue_has_news(queue))
		return false;
	if (queue->head_at == queue->head_known)
		look_again(queue);
	if (queue->head_at == queue->head_known)
		return false;
	struct record_head head;
	const uint8_t *at = queue->head->data + queue->head_at;
	memcpy(&head, at, sizeof head);
	*record = (struct queue_record){ .event = at + sizeof head,
					 .payload = at + sizeof head + head.event_bytes,
					 .event_bytes = head.event_bytes,
					 .payload_bytes = head.payload_bytes,
					 .connect_failures = head.connect_failures,
					 .unix_s = head.unix_s };
	return true;
}

void queue_pop(struct queue *queue)
{
	struct record_head head;
	memcpy(&head, queue->head->data + queue->head_at, sizeof head);
	queue->head_at += head.record_bytes;
	atomic_fetch_add_explicit(&queue->popped, 1, memory_order_relaxed);
	if (queue->head_at == queue->head_known)
		look_again(queue);
}

void queue_resolve(struct queue *queue, uint64_t count)
{
	atomic_fetch_add(&queue->resolved, count);
}

bool queue_sleep_begin(struct queue *queue)
{
	short_lock_take(&queue->lock);
	bool sleeps = !queue_has_news(queue);
	if (sleeps)
		queue->sleeper_fd = queue->wake_fd;
	short_lock_give(&queue->lock);
	return sleeps;
}

void queue_sleep_end(struct queue *queue)
{
	short_lock_take(&queue->lock);
	queue->sleeper_fd = -1;
	short_lock_give(&queue->lock);
	uint64_t count;
	ssize_t ignored = read(queue->wake_fd, &count, sizeof count);
	(void)ignored;
}

uint32_t queue_note_connect_failure(struct queue *queue)
{
	short_lock_take(&queue->lock);
	uint32_t failures = ++queue->connect_failures;
	short_lock_give(&queue->lock);
	return failures;
}

/* Every record ever accepted; the worker's 64-bit count completes the callers' short one. */
static uint64_t accepted_total(struct queue *queue)
{
	uint64_t popped = atomic_load(&queue->popped);
	return popped + (uint32_t)(atomic_load(&queue->pushed) - (uint32_t)popped);
}

/* Called with the lock held, so that `pushed` stands still. */
static uint64_t pending(struct queue *queue)
{
	uint64_t resolved = atomic_load(&queue->resolved);
	return accepted_total(queue) - resolved;
}

static bool is_drained(struct queue *queue)
{
	short_lock_take(&queue->lock);
	bool drained = pending(queue) == 0;
	short_lock_give(&queue->lock);
	return drained;
}

void queue_wait_drained(struct queue *queue, int64_t deadline_ns)
{
	const struct timespec step = timespec_of(DRAIN_STEP_NS);
	while (!is_drained(queue) && monotonic_ns() < deadline_ns)
		nanosleep(&step, NULL);
}

void queue_counts(struct queue *queue, uint64_t *accepted, uint64_t *dropped_full, uint64_t *pending_count)
{
	short_lock_take(&queue->lock);
	*accepted = accepted_total(queue);
	*dropped_full = queue->dropped_full;
	*pending_count = pending(queue);
	short_lock_give(&queue->lock);
}

void queue_fork_prepare(struct queue *queue)
{
	short_lock_take(&queue->lock);
}

void queue_fork_parent(struct queue *queue)
{
	short_lock_give(&queue->lock);
}

void queue_fork_child(struct queue *queue)
{
	short_lock_give(&queue->lock);
	if (queue->wake_fd >= 0)
		close(queue->wake_fd);
	/* Not freed here: an allocator that is no part of the C library may not work before fork() has returned. */
	struct queue_chunk *abandoned = queue->head;
	if (queue->tail != NULL)
		queue->tail->next = queue->spare;
	else
		abandoned = queue->spare;
	queue_init(queue);
	queue->abandoned = abandoned;
}
