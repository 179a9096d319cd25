/* Monotonic time in nanoseconds. */
#ifndef NOTIFY_CLOCK_H
#define NOTIFY_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NEVER_NS INT64_MAX

static inline int64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static inline struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

/* Sum that stays at NEVER_NS instead of overflowing; both values are not negative. */
static inline int64_t add_ns(int64_t one, int64_t other)
{
	return one > NEVER_NS - other ? NEVER_NS : one + other;
}

#endif
