#include <poll.h>
#include <time.h>

#include "clock.h"
#include "delivery.h"

/* For this long after the last event the worker looks again and again instead of sleeping, because waking
 * it costs the caller more than the whole call (section 9). */
#define POLL_FOR_NS (50 * NS_PER_MS)
#define POLL_STEP_NS (NS_PER_MS / 10)
/* As the original closes idle connections (section 3). */
#define IDLE_CONNECTION_NS (30 * NS_PER_S)

static bool owes_answer(const struct delivery *delivery)
{
	return delivery->response_open || delivery_flying(delivery) > 0;
}

/* The monotonic time at which something becomes due that no descriptor announces. */
static int64_t due_at(const struct delivery *delivery)
{
	int64_t timeout_ns = delivery->settings->timeout_ns;
	if (owes_answer(delivery))
		return timeout_ns > 0 ? add_ns(delivery->progress_at_ns, timeout_ns) : NEVER_NS;
	if (delivery->slot_count > 0) {
		int64_t retry_at_ns = delivery->slots[0]->retry_at_ns;
		bool connected = delivery->connection.fd >= 0;
		return !connected && delivery->probe_at_ns > retry_at_ns ? delivery->probe_at_ns : retry_at_ns;
	}
	if (delivery->connection.fd >= 0)
		return add_ns(delivery->active_at_ns, IDLE_CONNECTION_NS);
	return NEVER_NS;
}

static void expire(struct delivery *delivery)
{
	if (delivery->connection.fd < 0)
		return;
	/* An answer whose head came in time counts; only its body is late, and that blames nobody. */
	if (owes_answer(delivery))
		delivery_drop_connection(delivery, !(delivery->response_open && delivery->head_handled));
	else if (delivery->slot_count == 0)
		delivery_drop_connection(delivery, false);
}

static bool has_unsent(const struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->slot_count; i++) {
		const struct slot *slot = delivery->slots[i];
		if (slot->flying && slot->sent_bytes < slot->request.used)
			return true;
	}
	return false;
}

static void block(struct delivery *delivery, int64_t until_ns, bool wants_events)
{
	bool wants_send = has_unsent(delivery);
	bool watches = delivery->connection.fd >= 0;
	struct pollfd watched[2] = {
		{ .fd = wants_events ? delivery->queue->wake_fd : -1, .events = POLLIN },
		{ .fd = watches ? delivery->connection.fd : -1,
		  .events = wants_send ? POLLIN | POLLOUT : POLLIN },
	};
	if (wants_events && !queue_sleep_begin(delivery->queue))
		return;
	int64_t left_ns = until_ns - monotonic_ns();
	struct timespec left = timespec_of(left_ns > 0 ? left_ns : 0);
	ppoll(watched, 2, until_ns == NEVER_NS ? NULL : &left, NULL);
	if (wants_events)
		queue_sleep_end(delivery->queue);
}

void delivery_wait(struct delivery *delivery)
{
	int64_t now = monotonic_ns();
	int64_t until_ns = due_at(delivery);
	if (now >= until_ns) {
		expire(delivery);
		return;
	}
	bool wants_events = delivery_room(delivery) > 0;
	bool news = wants_events && queue_has_news(delivery->queue);
	if (news && delivery->slot_count == 0)
		return;
	/* One request at a time: the next can only go when the answer comes, so that is worth a real wake-up. */
	bool one_by_one = delivery_flying(delivery) > 0 && delivery->depth == 1;
	bool polls = now < delivery->active_at_ns + POLL_FOR_NS && !one_by_one && !has_unsent(delivery);
	queue_keep_time(delivery->queue, polls);
	if (!polls) {
		block(delivery, until_ns, wants_events && !one_by_one);
		return;
	}
	int64_t step_ns = until_ns - now < POLL_STEP_NS ? until_ns - now : POLL_STEP_NS;
	const struct timespec step = timespec_of(step_ns);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &step, NULL);
}
