/*
 * Optional second header of libspdk_go_notify: what became of the events, and which settings are in force.
 * The library this one replaces has neither function, so a program that must run with both looks them up
 * with dlsym().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPDK_GO_NOTIFY_STATS_H
#define SPDK_GO_NOTIFY_STATS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Counters since the process began (a forked child: since the fork). Later versions only add at the end. */
struct NotifyStats {
	uint64_t accepted;          /**< calls that returned 0 */
	uint64_t refused;           /**< calls that returned -1 for any reason but a full queue */
	uint64_t dropped_full;      /**< calls that returned -1 because the queue was full */
	uint64_t dropped_unsendable;/**< accepted, never sent: payload is not JSON, endpoint or method unusable */
	uint64_t delivered;         /**< answered with a status below 500 */
	uint64_t lost;              /**< all attempts used up */
	uint64_t failed_attempts;   /**< attempts that ended in a status of 500 or above or in a transport error */
	uint64_t requests;          /**< requests begun, repetitions included */
	uint64_t connections;       /**< connections opened */
	uint64_t pending;           /**< accepted and not yet delivered, dropped or lost */
};

/** The settings in force. Texts belong to the library and stay valid for the life of the process. */
struct NotifySettings {
	const char *endpoint;
	const char *method;
	const char *source;
	int64_t timeout_ns;         /**< 0 = no limit; negative = every attempt fails */
	int64_t retry;
	int64_t retry_backoff_ms;
	const char *file;           /**< configuration file used, NULL = built-in defaults */
	const char *problem;        /**< why nothing can be sent, NULL = nothing known */
};

/** Copies the first out_bytes bytes of the counters; the caller passes sizeof(struct NotifyStats). */
void NotifyReadStats(struct NotifyStats *out, size_t out_bytes);

/**
 * Loads the configuration when no call has done it yet, as NotifyEvent does, and copies the first out_bytes
 * bytes of the settings.
 * \return 0, or -1 when the configuration is unusable; `problem` then says why and the other texts are NULL.
 */
int NotifyReadSettings(struct NotifySettings *out, size_t out_bytes);

#ifdef __cplusplus
}
#endif

#endif
