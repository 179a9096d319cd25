/* One event on its way: its body, the request that carries it and what has happened to it so far. Worker
 * thread only. */
#ifndef NOTIFY_SLOT_H
#define NOTIFY_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "queue.h"
#include "url.h"

enum { REDIRECTS_MAX = 9 };

struct slot {
	bool flying;           /* the request is sent, at least in part, and not answered */
	bool drops_body;       /* a redirect turned it into a GET without body */
	int redirects;
	uint32_t attempts;     /* failed ones of this event alone */
	uint32_t connect_failures; /* the queue's count at the call */
	int64_t retry_at_ns;   /* not before this monotonic time */
	size_t sent_bytes;     /* of `request` */
	struct bytes body;
	struct bytes request;
	struct url redirect;   /* in use when redirects > 0 */
	char *referer;         /* NULL = none */
};

/* Where a request goes when nothing was redirected. */
struct target {
	const char *method;
	const struct url *url;
};

/* Fills an empty slot from a record. False when the payload is not JSON or memory is short; the slot is
 * then empty. */
bool slot_load(struct slot *slot, const struct queue_record *record, const struct target *target);
/* The address the slot's request goes to. */
const struct url *slot_url(const struct slot *slot, const struct target *target);
/* True when the answer to the request as it stands has no body (HEAD). */
bool slot_expects_no_body(const struct slot *slot, const struct target *target);
/* Only sent alone: it failed before or was redirected, so nothing may overtake it. */
bool slot_goes_alone(const struct slot *slot);
/* Points the slot to `location` as `status` demands (section 5). False when that cannot be followed. */
bool slot_follow(struct slot *slot, const struct target *target, int status, const char *location);
/* Begins again at the configured endpoint, nothing sent. False when memory is short. */
bool slot_restart(struct slot *slot, const struct target *target);
/* Nothing sent, same request: its connection is gone. */
void slot_unsend(struct slot *slot);
/* Ready for slot_load(); keeps small buffers. */
void slot_empty(struct slot *slot);

#endif
