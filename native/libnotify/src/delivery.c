#include "delivery.h"

#include <string.h>
#include <sys/uio.h>

#include "clock.h"
#include "request.h"

static void link_pool(struct delivery *delivery)
{
	for (size_t i = 0; i < PIPELINE_DEPTH_MAX; i++)
		delivery->slots[i] = &delivery->pool[i];
	delivery->slot_count = 0;
}

void delivery_init(struct delivery *delivery, struct queue *queue, struct counters *counters,
		   const struct settings *settings, const struct url *url)
{
	memset(delivery, 0, sizeof *delivery);
	delivery->queue = queue;
	delivery->counters = counters;
	delivery->settings = settings;
	const struct bytes *method = &settings->method;
	if (url != NULL && request_method_is_token(method->at, method->used))
		delivery->target = (struct target){ .method = (const char *)method->at, .url = url };
	connection_init(&delivery->connection);
	link_pool(delivery);
}

void delivery_fork_child(struct delivery *delivery)
{
	/* The parent's worker may have been changing any buffer, so nothing of it is used or freed here. */
	connection_fork_child(&delivery->connection);
	struct connection connection = delivery->connection;
	struct queue *queue = delivery->queue;
	struct counters *counters = delivery->counters;
	const struct settings *settings = delivery->settings;
	struct target target = delivery->target;
	memset(delivery, 0, sizeof *delivery);
	delivery->queue = queue;
	delivery->counters = counters;
	delivery->settings = settings;
	delivery->target = target;
	delivery->connection = connection;
	link_pool(delivery);
}

size_t delivery_flying(const struct delivery *delivery)
{
	size_t flying = 0;
	for (size_t i = 0; i < delivery->slot_count; i++)
		flying += delivery->slots[i]->flying ? 1 : 0;
	return flying;
}

void delivery_remove_slot(struct delivery *delivery, size_t index)
{
	struct slot *slot = delivery->slots[index];
	slot_empty(slot);
	delivery->slot_count--;
	size_t moved = delivery->slot_count - index;
	memmove(&delivery->slots[index], &delivery->slots[index + 1], moved * sizeof delivery->slots[0]);
	delivery->slots[delivery->slot_count] = slot;
	queue_resolve(delivery->queue, 1);
}

/* Failures to connect since a call: they count as attempts of every event that was waiting. */
static uint32_t shared_failures(const struct delivery *delivery, uint32_t at_call)
{
	return delivery->queue->connect_failures - at_call;
}

static uint64_t slot_failures(const struct delivery *delivery, const struct slot *slot)
{
	return (uint64_t)slot->attempts + shared_failures(delivery, slot->connect_failures);
}

static bool is_used_up(const struct delivery *delivery, uint64_t failures)
{
	return failures > (uint64_t)delivery->settings->retry;
}

/* When the attempt after `failures` failed ones may begin. Grows without limit, as configured, but never
 * overflows. */
static int64_t retry_at(const struct delivery *delivery, uint64_t failures)
{
	int64_t delay_ms = delivery->settings->retry_backoff_ms;
	for (uint64_t i = 1; i < failures && delay_ms < NEVER_NS / NS_PER_MS; i++)
		delay_ms *= 2;
	int64_t delay_ns = delay_ms < NEVER_NS / NS_PER_MS ? delay_ms * NS_PER_MS : NEVER_NS;
	return add_ns(monotonic_ns(), delay_ns);
}

void delivery_fail_slot(struct delivery *delivery, size_t index)
{
	struct slot *slot = delivery->slots[index];
	slot->attempts++;
	count_up(&delivery->counters->failed_attempts);
	uint64_t failures = slot_failures(delivery, slot);
	if (is_used_up(delivery, failures) || !slot_restart(slot, &delivery->target)) {
		count_up(&delivery->counters->lost);
		delivery_remove_slot(delivery, index);
		return;
	}
	slot->retry_at_ns = retry_at(delivery, failures);
}

void delivery_drop_connection(struct delivery *delivery, bool first_failed)
{
	connection_close(&delivery->connection);
	delivery->response_open = false;
	delivery->head_handled = false;
	delivery->must_close = false;
	size_t first = 0;
	while (first < delivery->slot_count && !delivery->slots[first]->flying)
		first++;
	for (size_t i = first; i < delivery->slot_count; i++)
		slot_unsend(delivery->slots[i]);
	if (first_failed && first < delivery->slot_count)
		delivery_fail_slot(delivery, first);
}

/* Gives up what has been waiting during as many failures to connect as an event may have. */
static void lose_used_up(struct delivery *delivery)
{
	size_t index = 0;
	while (index < delivery->slot_count) {
		if (is_used_up(delivery, slot_failures(delivery, delivery->slots[index]))) {
			count_up(&delivery->counters->lost);
			delivery_remove_slot(delivery, index);
		} else {
			index++;
		}
	}
	struct queue_record record;
	uint64_t lost = 0;
	while (queue_peek(delivery->queue, &record)) {
		if (!is_used_up(delivery, shared_failures(delivery, record.connect_failures)))
			break;
		queue_pop(delivery->queue);
		lost++;
	}
	atomic_fetch_add_explicit(&delivery->counters->lost, lost, memory_order_relaxed);
	if (lost > 0)
		queue_resolve(delivery->queue, lost);
}

/* Nobody listens: one probe stands for the attempt of every waiting event, and the next comes after the
 * back-off. */
static void note_connect_failure(struct delivery *delivery)
{
	if (delivery->slots[0]->redirects > 0) {
		delivery_fail_slot(delivery, 0);
		return;
	}
	queue_note_connect_failure(delivery->queue);
	count_up(&delivery->counters->failed_attempts);
	lose_used_up(delivery);
	struct queue_record record;
	delivery->probe_at_ns = 0;
	if (delivery->slot_count > 0)
		delivery->probe_at_ns = retry_at(delivery, slot_failures(delivery, delivery->slots[0]));
	else if (queue_peek(delivery->queue, &record))
		delivery->probe_at_ns = retry_at(delivery, shared_failures(delivery, record.connect_failures));
}

/* A connection for the first slot's request. False when there is none now. */
static bool ensure_connected(struct delivery *delivery)
{
	const struct url *url = slot_url(delivery->slots[0], &delivery->target);
	struct connection *connection = &delivery->connection;
	if (connection_serves(connection, url))
		return true;
	delivery_drop_connection(delivery, false);
	int64_t now = monotonic_ns();
	int64_t timeout_ns = delivery->settings->timeout_ns;
	int64_t deadline_ns = timeout_ns == 0 ? NEVER_NS : add_ns(now, timeout_ns > 0 ? timeout_ns : 0);
	if (timeout_ns < 0 || !connection_open(connection, url, deadline_ns)) {
		note_connect_failure(delivery);
		return false;
	}
	count_up(&delivery->counters->connections);
	delivery->responses = 0;
	delivery->depth = 1;
	delivery->progress_at_ns = now;
	return true;
}

size_t delivery_room(const struct delivery *delivery)
{
	size_t limit = delivery->connection.fd >= 0 ? delivery->depth : 1;
	for (size_t i = 0; i < delivery->slot_count; i++)
		if (slot_goes_alone(delivery->slots[i]))
			return 0;
	return delivery->slot_count < limit ? limit - delivery->slot_count : 0;
}

static void fill(struct delivery *delivery)
{
	struct queue_record record;
	size_t room = delivery_room(delivery);
	if (room > 0 && queue_has_news(delivery->queue))
		delivery->active_at_ns = monotonic_ns();
	while (room > 0 && queue_peek(delivery->queue, &record)) {
		struct slot *slot = delivery->slots[delivery->slot_count];
		bool sendable = delivery->target.url != NULL && slot_load(slot, &record, &delivery->target);
		queue_pop(delivery->queue);
		if (sendable) {
			delivery->slot_count++;
			room--;
		} else {
			count_up(&delivery->counters->dropped_unsendable);
			queue_resolve(delivery->queue, 1);
		}
	}
}

/* Lets requests fly that may: in order, up to the depth, and alone where nothing may overtake. */
static void launch(struct delivery *delivery, int64_t now)
{
	/* The answer being read is the last on this connection. */
	if (delivery->must_close || (delivery->head_handled && delivery->response.closes))
		return;
	size_t flying = delivery_flying(delivery);
	for (size_t i = 0; i < delivery->slot_count && flying < delivery->depth; i++) {
		struct slot *slot = delivery->slots[i];
		bool alone = slot_goes_alone(slot);
		if (slot->flying && alone)
			return;
		if (slot->flying)
			continue;
		bool here = connection_serves(&delivery->connection, slot_url(slot, &delivery->target));
		if ((alone && flying > 0) || now < slot->retry_at_ns || !here)
			return;
		if (flying == 0 && delivery->responses > 0)
			delivery->progress_at_ns = now;
		slot->flying = true;
		flying++;
		count_up(&delivery->counters->requests);
		if (alone)
			return;
	}
}

/* Hands the unsent bytes of all flying requests to the kernel in one call. */
static void send_flying(struct delivery *delivery)
{
	struct iovec parts[PIPELINE_DEPTH_MAX];
	struct slot *owners[PIPELINE_DEPTH_MAX];
	size_t count = 0;
	for (size_t i = 0; i < delivery->slot_count; i++) {
		struct slot *slot = delivery->slots[i];
		if (!slot->flying || slot->sent_bytes == slot->request.used)
			continue;
		parts[count].iov_base = slot->request.at + slot->sent_bytes;
		parts[count].iov_len = slot->request.used - slot->sent_bytes;
		owners[count++] = slot;
	}
	if (count == 0)
		return;
	/* A broken connection shows again when receiving, after the responses that arrived before it broke. */
	ssize_t sent = connection_send(&delivery->connection, parts, count);
	for (size_t i = 0; i < count && sent > 0; i++) {
		size_t taken = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
		owners[i]->sent_bytes += taken;
		sent -= (ssize_t)taken;
	}
}

void delivery_turn(struct delivery *delivery)
{
	/* Before anything is sent: a receiver that has closed an idle connection must not cost an attempt. */
	if (delivery->connection.fd >= 0)
		delivery_receive(delivery);
	fill(delivery);
	if (delivery->slot_count > 0) {
		int64_t now = monotonic_ns();
		bool due = delivery_flying(delivery) > 0 ||
			   (now >= delivery->probe_at_ns && now >= delivery->slots[0]->retry_at_ns);
		if (due && (delivery_flying(delivery) > 0 || ensure_connected(delivery))) {
			fill(delivery);
			launch(delivery, monotonic_ns());
			send_flying(delivery);
		}
	}
	delivery_wait(delivery);
}
