/*
 * MIMO notify bridge: report an event to the operator's console (docs/protocols/mimo.md section 1).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPDK_GO_NOTIFY_H
#define SPDK_GO_NOTIFY_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Queues one event; a background thread sends it as an HTTP request. May be called from any thread, also at
 * the same time; does not wait for the network. Both texts are copied before the call returns.
 *
 * \param event    Name of the event, not NULL and not empty.
 * \param payload  Any JSON value as text, or NULL or "" for none. Text that is not JSON is accepted and never
 *                 sent.
 * \return 0 when accepted (this says nothing about delivery). -1 when the name is missing, the configuration
 *         is unusable (now and for the life of the process), the queue is full or no background thread could
 *         be started.
 */
int NotifyEvent(const char *event, const char *payload);

#ifdef __cplusplus
}
#endif

#endif
