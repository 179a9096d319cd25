#include "short_lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The holder is usually done within this many looks. */
enum { LOOKS_BEFORE_SLEEP = 100 };

static void look(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

void short_lock_wait(struct short_lock *lock)
{
	for (int i = 0; i < LOOKS_BEFORE_SLEEP; i++) {
		int expected = 0;
		if (atomic_load_explicit(&lock->state, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong_explicit(&lock->state, &expected, 1, memory_order_acquire,
							    memory_order_relaxed))
			return;
		look();
	}
	int saved = errno;
	while (atomic_exchange_explicit(&lock->state, 2, memory_order_acquire) != 0)
		syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
	errno = saved;
}

void short_lock_wake(struct short_lock *lock)
{
	int saved = errno;
	syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	errno = saved;
}
