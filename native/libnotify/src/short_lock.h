/*
 * A lock for a few dozen instructions, without a call into the C library unless two threads meet: on a
 * processor whose caches other work has filled, each further page of code costs a caller more than the
 * lock itself. Waiters sleep in the kernel, so threads of any priority may share it.
 */
#ifndef NOTIFY_SHORT_LOCK_H
#define NOTIFY_SHORT_LOCK_H

#include <stdatomic.h>

struct short_lock {
	_Atomic int state; /* 0 free, 1 held, 2 held and perhaps awaited */
};

/* The rare halves; errno stays as it was. */
void short_lock_wait(struct short_lock *lock);
void short_lock_wake(struct short_lock *lock);

static inline void short_lock_take(struct short_lock *lock)
{
	int expected = 0;
	if (!atomic_compare_exchange_strong_explicit(&lock->state, &expected, 1, memory_order_acquire,
						     memory_order_relaxed))
		short_lock_wait(lock);
}

static inline void short_lock_give(struct short_lock *lock)
{
	if (atomic_exchange_explicit(&lock->state, 0, memory_order_release) == 2)
		short_lock_wake(lock);
}

#endif
