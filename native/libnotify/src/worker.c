#include "worker.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

/* Enough for a name lookup; a process with much thread-local memory may need the default instead. */
enum { STACK_BYTES = 256 * 1024 };

static cpu_set_t processors;
static bool processors_known;

void worker_remember_processors(void)
{
	processors_known = sched_getaffinity(0, sizeof processors, &processors) == 0;
}

/* Hosts pin their own threads and may run them in real time; neither must be inherited by a thread that
 * polls. */
static void become_background(void)
{
	const struct sched_param priority = { .sched_priority = 0 };
	pthread_setschedparam(pthread_self(), SCHED_BATCH, &priority);
	if (processors_known)
		pthread_setaffinity_np(pthread_self(), sizeof processors, &processors);
	pthread_setname_np(pthread_self(), "mimo-notify");
	/* The default slack would make each 0.1 ms step half as long again. */
	prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}

static void *run(void *argument)
{
	struct delivery *delivery = argument;
	become_background();
	for (;;)
		delivery_turn(delivery);
	return NULL;
}

static int create_thread(struct delivery *delivery, size_t stack_bytes)
{
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (stack_bytes > 0)
		pthread_attr_setstacksize(&attributes, stack_bytes);
	int error = pthread_create(&thread, &attributes, run, delivery);
	pthread_attr_destroy(&attributes);
	return error;
}

bool worker_start(struct delivery *delivery)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = create_thread(delivery, STACK_BYTES);
	if (error == EINVAL)
		error = create_thread(delivery, 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}
