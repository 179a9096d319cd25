/*
 * Carries events from the queue to the receiver over one connection: pipelines, counts each event by its
 * own response, repeats what failed (docs/protocols/mimo.md sections 5 and 9). Worker thread only, except
 * delivery_fork_child().
 */
#ifndef NOTIFY_DELIVERY_H
#define NOTIFY_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connection.h"
#include "counters.h"
#include "http_response.h"
#include "queue.h"
#include "settings.h"
#include "slot.h"

enum { PIPELINE_DEPTH_MAX = 64, RECEIVE_BYTES = 16 * 1024 };

struct delivery {
	struct queue *queue;
	struct counters *counters;
	const struct settings *settings;
	struct target target;    /* url NULL = endpoint or method unusable: every event is dropped */
	struct connection connection;
	uint64_t responses;      /* complete ones on this connection */
	size_t depth;            /* requests this connection may have unanswered; doubles with each response */
	unsigned single_uses;    /* connections to be closed after one answer, because the receiver closes then */
	bool response_open;      /* a response has begun and is not complete */
	bool head_handled;       /* its event has already been accounted for */
	bool must_close;         /* answered before the request was completely sent */
	int64_t progress_at_ns;  /* last time the receiver owed nothing or gave a response */
	int64_t probe_at_ns;     /* no attempt to connect before this time */
	int64_t active_at_ns;    /* last time an event came or was answered */
	struct slot *slots[PIPELINE_DEPTH_MAX]; /* in the order of the calls, which is the order sent */
	size_t slot_count;
	struct slot pool[PIPELINE_DEPTH_MAX];
	struct http_response response;
	uint8_t received[RECEIVE_BYTES];
};

/* What a worker needs that does not change. `url` NULL when nothing can ever be sent. */
void delivery_init(struct delivery *delivery, struct queue *queue, struct counters *counters,
		   const struct settings *settings, const struct url *url);
/* One turn: sends and receives what can be, then waits until there may be more to do. */
void delivery_turn(struct delivery *delivery);
/* In a forked child: nothing is on its way any more; the connection stays the parent's. */
void delivery_fork_child(struct delivery *delivery);

/* For delivery_wait.c and delivery_receive.c. */
size_t delivery_flying(const struct delivery *delivery);
/* Records that may be taken from the queue now. */
size_t delivery_room(const struct delivery *delivery);
/* Accounts for a failed attempt of the slot at `index`; the event waits for its next attempt or is lost. */
void delivery_fail_slot(struct delivery *delivery, size_t index);
/* The slot at `index` has come to its end, whichever. */
void delivery_remove_slot(struct delivery *delivery, size_t index);
/* Closes; what was unanswered will be sent again. `first_failed`: the oldest unanswered event has used an
 * attempt. */
void delivery_drop_connection(struct delivery *delivery, bool first_failed);
/* Receives until nothing is left to receive. */
void delivery_receive(struct delivery *delivery);
/* Waits for the receiver, an event or the next moment something is due; applies the time limits. */
void delivery_wait(struct delivery *delivery);

#endif
