/* What became of the events; written by the worker (and `refused` by callers), read by anyone. */
#ifndef NOTIFY_COUNTERS_H
#define NOTIFY_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct counters {
	_Atomic uint64_t refused;
	_Atomic uint64_t dropped_unsendable;
	_Atomic uint64_t delivered;
	_Atomic uint64_t lost;
	_Atomic uint64_t failed_attempts;
	_Atomic uint64_t requests;
	_Atomic uint64_t connections;
};

static inline void count_up(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline uint64_t count_of(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
