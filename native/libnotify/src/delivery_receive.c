#include "clock.h"
#include "delivery.h"

/* A receiver that closes after one answer without saying so is believed to go on so for many connections. */
enum { SINGLE_USES = 256 };

/* Index of the oldest unanswered request; slot_count when there is none. */
static size_t first_flying(const struct delivery *delivery)
{
	size_t index = 0;
	while (index < delivery->slot_count && !delivery->slots[index]->flying)
		index++;
	return index;
}

static bool is_redirect(const struct http_response *response)
{
	int status = response->status;
	bool known = (status >= 301 && status <= 303) || status == 307 || status == 308;
	return known && response->location_bytes > 0;
}

/* The head of the response to the oldest unanswered request decides that event's fate. */
static void settle(struct delivery *delivery)
{
	size_t index = first_flying(delivery);
	struct slot *slot = delivery->slots[index];
	const struct http_response *response = &delivery->response;
	if (slot->sent_bytes < slot->request.used)
		delivery->must_close = true;
	delivery->head_handled = true;
	if (response->status >= 500) {
		delivery_fail_slot(delivery, index);
	} else if (!is_redirect(response)) {
		count_up(&delivery->counters->delivered);
		delivery_remove_slot(delivery, index);
	} else {
		slot_unsend(slot);
		if (!slot_follow(slot, &delivery->target, response->status, response->location))
			delivery_fail_slot(delivery, index);
	}
}

/* The response is complete. True when the connection goes on. */
static bool finish_response(struct delivery *delivery)
{
	delivery->response_open = false;
	delivery->head_handled = false;
	delivery->responses++;
	delivery->progress_at_ns = delivery->active_at_ns;
	bool single_use = delivery->single_uses > 0;
	if (single_use)
		delivery->single_uses--;
	if (delivery->response.closes || delivery->must_close || single_use) {
		delivery_drop_connection(delivery, false);
		return false;
	}
	/* Not after the first one: it may be the only one, and what is sent behind it may be sent twice. */
	if (delivery->responses > 1)
		delivery->depth = delivery->depth * 2;
	if (delivery->depth > PIPELINE_DEPTH_MAX)
		delivery->depth = PIPELINE_DEPTH_MAX;
	return true;
}

/* Acts on where the reader has come to. True when the connection goes on. */
static bool act(struct delivery *delivery)
{
	const struct http_response *response = &delivery->response;
	if (response->step == RESPONSE_BROKEN) {
		bool blames_first = !delivery->head_handled;
		delivery_drop_connection(delivery, blames_first);
		return false;
	}
	if (!delivery->head_handled && http_response_has_head(response))
		settle(delivery);
	if (response->step == RESPONSE_DONE)
		return finish_response(delivery);
	if (response->body_bytes > RESPONSE_BODY_BYTES_MAX) {
		delivery_drop_connection(delivery, false);
		return false;
	}
	return true;
}

/* True when the connection goes on. */
static bool read_responses(struct delivery *delivery, const uint8_t *at, size_t count)
{
	size_t used = 0;
	while (used < count) {
		if (!delivery->response_open) {
			size_t index = first_flying(delivery);
			if (index == delivery->slot_count) {
				/* Nobody asked: what follows could be taken for the answer to a later request. */
				delivery_drop_connection(delivery, false);
				return false;
			}
			const struct slot *slot = delivery->slots[index];
			http_response_begin(&delivery->response, slot_expects_no_body(slot, &delivery->target));
			delivery->response_open = true;
			delivery->head_handled = false;
		}
		used += http_response_read(&delivery->response, at + used, count - used);
		if (!act(delivery))
			return false;
	}
	return true;
}

/* The receiver closed or reset. Before its first answer on this connection that is a failed attempt;
 * later it is only a connection that came to its end, and what is unanswered is sent again at once. */
static void connection_ended(struct delivery *delivery)
{
	bool had_responses = delivery->responses > 0;
	if (delivery->response_open) {
		http_response_end(&delivery->response);
		had_responses = had_responses || delivery->head_handled;
		if (delivery->response.step == RESPONSE_DONE)
			delivery->responses++;
	}
	if (delivery->responses == 1 && delivery_flying(delivery) > 0)
		delivery->single_uses = SINGLE_USES;
	delivery_drop_connection(delivery, !had_responses);
}

void delivery_receive(struct delivery *delivery)
{
	for (;;) {
		ssize_t count = connection_receive(&delivery->connection, delivery->received, RECEIVE_BYTES);
		if (count == RECEIVED_NOTHING_YET)
			return;
		if (count <= 0) {
			connection_ended(delivery);
			return;
		}
		delivery->active_at_ns = monotonic_ns();
		if (!read_responses(delivery, delivery->received, (size_t)count) || count < RECEIVE_BYTES)
			return;
	}
}
