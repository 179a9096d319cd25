#include "slot.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "request.h"

/* A buffer that grew beyond this for one big event is given back afterwards. */
enum { KEPT_BUFFER_BYTES_MAX = 8192 };

static const char *slot_method(const struct slot *slot, const struct target *target)
{
	bool is_head = strcmp(target->method, "HEAD") == 0;
	return slot->drops_body && !is_head ? "GET" : target->method;
}

const struct url *slot_url(const struct slot *slot, const struct target *target)
{
	return slot->redirects > 0 ? &slot->redirect : target->url;
}

bool slot_expects_no_body(const struct slot *slot, const struct target *target)
{
	return strcmp(slot_method(slot, target), "HEAD") == 0;
}

bool slot_goes_alone(const struct slot *slot)
{
	return slot->attempts > 0 || slot->redirects > 0;
}

static bool build_request(struct slot *slot, const struct target *target)
{
	const struct request request = { .method = slot_method(slot, target),
					 .url = slot_url(slot, target),
					 .referer = slot->referer,
					 .body = slot->drops_body ? NULL : &slot->body };
	slot->request.used = 0;
	slot->sent_bytes = 0;
	request_append(&slot->request, &request);
	return !slot->request.failed;
}

static void empty_buffer(struct bytes *buffer)
{
	buffer->used = 0;
	if (buffer->failed || buffer->capacity > KEPT_BUFFER_BYTES_MAX)
		bytes_free(buffer);
}

static void forget_redirect(struct slot *slot)
{
	url_free(&slot->redirect);
	free(slot->referer);
	slot->referer = NULL;
	slot->redirects = 0;
	slot->drops_body = false;
}

void slot_empty(struct slot *slot)
{
	forget_redirect(slot);
	empty_buffer(&slot->body);
	empty_buffer(&slot->request);
	slot->flying = false;
	slot->attempts = 0;
	slot->retry_at_ns = 0;
	slot->sent_bytes = 0;
}

bool slot_load(struct slot *slot, const struct queue_record *record, const struct target *target)
{
	slot->connect_failures = record->connect_failures;
	bool good = request_append_body(&slot->body, record->event, record->event_bytes, record->payload,
					record->payload_bytes, record->unix_s);
	if (good && !slot->body.failed && build_request(slot, target))
		return true;
	slot_empty(slot);
	return false;
}

bool slot_follow(struct slot *slot, const struct target *target, int status, const char *location)
{
	if (slot->redirects >= REDIRECTS_MAX)
		return false;
	const struct url *from = slot_url(slot, target);
	struct url to;
	if (url_resolve(&to, from, location) != URL_GOOD)
		return false;
	char *referer = strdup(from->text);
	url_free(&slot->redirect);
	free(slot->referer);
	slot->redirect = to;
	slot->referer = referer;
	slot->redirects++;
	slot->drops_body = slot->drops_body || status < 307;
	return referer != NULL && build_request(slot, target);
}

bool slot_restart(struct slot *slot, const struct target *target)
{
	slot->flying = false;
	slot->sent_bytes = 0;
	if (slot->redirects == 0)
		return true;
	forget_redirect(slot);
	return build_request(slot, target);
}

void slot_unsend(struct slot *slot)
{
	slot->flying = false;
	slot->sent_bytes = 0;
}
