/*
 * A host program that makes it hard for the library, which it loads by itself: host MODE LIBRARY
 *   atexit        calls only from an exit handler
 *   dlclose       calls and unloads the library, five times
 *   alarm         500 calls while a signal interrupts the caller every 0.5 ms
 *   fork-threads  8 threads of 100 calls each while 20 children are forked, one call each
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATEXIT_CALLS = 30, LOADS = 5, ALARM_CALLS = 500, THREADS = 8, THREAD_CALLS = 100, CHILDREN = 20 };

typedef int (*notify_function)(const char *event, const char *payload);
static notify_function notify_event;
static volatile sig_atomic_t alarms;

static int calls(const char *event, int count)
{
	int accepted = 0;
	for (int i = 0; i < count; i++) {
		char payload[16];
		snprintf(payload, sizeof payload, "%d", i);
		accepted += notify_event(event, payload) == 0 ? 1 : 0;
	}
	return accepted;
}

static bool load(const char *library, void **handle)
{
	*handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (*handle == NULL)
		return false;
	void *found = dlsym(*handle, "NotifyEvent");
	memcpy(&notify_event, &found, sizeof found);
	return found != NULL;
}

static void call_at_exit(void)
{
	calls("atexit", ATEXIT_CALLS);
}

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static int with_alarms(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval every = { { 0, 500 }, { 0, 500 } };
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	while (alarms == 0)
		pause();
	return calls("alarm", ALARM_CALLS) == ALARM_CALLS ? 0 : 1;
}

static void *call_in_thread(void *unused)
{
	(void)unused;
	static char failed;
	return calls("thread", THREAD_CALLS) == THREAD_CALLS ? NULL : &failed;
}

static int fork_among_threads(void)
{
	pthread_t threads[THREADS];
	int failed = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, call_in_thread, NULL);
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			exit(calls("child", 1) == 1 ? 0 : 1);
	for (int i = 0; i < THREADS; i++) {
		void *result;
		pthread_join(threads[i], &result);
		failed += result == NULL ? 0 : 1;
	}
	int status;
	while (wait(&status) > 0)
		failed += status == 0 ? 0 : 1;
	return failed;
}

int main(int count, char **words)
{
	void *handle;
	if (count != 3 || !load(words[2], &handle))
		return 9;
	if (strcmp(words[1], "atexit") == 0)
		return atexit(call_at_exit);
	if (strcmp(words[1], "alarm") == 0)
		return with_alarms();
	if (strcmp(words[1], "fork-threads") == 0)
		return fork_among_threads();
	for (int i = 0; i < LOADS; i++) {
		if (calls("dlclose", 1) != 1 || dlclose(handle) != 0 || !load(words[2], &handle))
			return 1;
	}
	return 0;
}
