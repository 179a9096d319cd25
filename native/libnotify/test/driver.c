/*
 * Drives the real library for tests: one command per line on standard input, one answer line per command.
 *   call EVENT PAYLOAD                  -> return code; words are hex, "null" = the C null pointer, "-" = empty text
 *   repeat COUNT EVENT PAYLOAD          -> "ACCEPTED REFUSED" counts of return codes 0 and -1
 *   threads COUNT CALLS                 -> accepted calls of COUNT threads that call at the same time,
 *                                          event "t", payload {"t":THREAD,"i":CALL}
 *   fork-call EVENT PAYLOAD             -> return code in a child that then calls exit(), and its wait status
 *   setenv NAME VALUE_HEX | chdir PATH_HEX -> 0 or -1
 *   sleep MS                            -> 0
 *   stats | settings                    -> JSON
 *   memory                              -> resident kB; threads of the process
 *   signals                             -> hex mask of signals no other thread blocks
 *   exit CODE                           -> ends with exit(); end of input does the same with 0
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "spdk_go_notify.h"
#include "spdk_go_notify_stats.h"

static int hex_value(int letter)
{
	return isdigit(letter) ? letter - '0' : tolower(letter) - 'a' + 10;
}

/* The text a word of the command stands for; NULL for "null". The caller frees it. */
static char *text_of(const char *word)
{
	if (word == NULL || strcmp(word, "null") == 0)
		return NULL;
	if (strcmp(word, "-") == 0)
		return strdup("");
	size_t count = strlen(word) / 2;
	char *text = malloc(count + 1);
	for (size_t i = 0; i < count; i++)
		text[i] = (char)(hex_value(word[2 * i]) << 4 | hex_value(word[2 * i + 1]));
	text[count] = 0;
	return text;
}

static int call(const char *event_word, const char *payload_word)
{
	char *event = text_of(event_word);
	char *payload = text_of(payload_word);
	errno = 12345;
	int code = NotifyEvent(event, payload);
	if (errno != 12345)
		code = -99;
	/* The library must have copied both. */
	if (event != NULL)
		memset(event, 'X', strlen(event));
	if (payload != NULL)
		memset(payload, 'X', strlen(payload));
	free(event);
	free(payload);
	return code;
}

static void repeat(long count, const char *event_word, const char *payload_word)
{
	char *event = text_of(event_word);
	char *payload = text_of(payload_word);
	long accepted = 0;
	for (long i = 0; i < count; i++)
		accepted += NotifyEvent(event, payload) == 0 ? 1 : 0;
	printf("%ld %ld\n", accepted, count - accepted);
	free(event);
	free(payload);
}

struct caller {
	pthread_t thread;
	int number;
	long calls;
	long accepted;
};

static void *call_often(void *argument)
{
	struct caller *caller = argument;
	for (long i = 0; i < caller->calls; i++) {
		char payload[64];
		snprintf(payload, sizeof payload, "{\"t\":%d,\"i\":%ld}", caller->number, i);
		caller->accepted += NotifyEvent("t", payload) == 0 ? 1 : 0;
	}
	return NULL;
}

static void run_threads(long count, long calls)
{
	enum { THREADS_MAX = 32 };
	struct caller callers[THREADS_MAX];
	long accepted = 0;
	if (count > THREADS_MAX)
		count = THREADS_MAX;
	for (long i = 0; i < count; i++) {
		callers[i] = (struct caller){ .number = (int)i, .calls = calls };
		if (pthread_create(&callers[i].thread, NULL, call_often, &callers[i]) != 0)
			abort();
	}
	for (long i = 0; i < count; i++) {
		pthread_join(callers[i].thread, NULL);
		accepted += callers[i].accepted;
	}
	printf("%ld\n", accepted);
}

static void fork_call(const char *event_word, const char *payload_word)
{
	fflush(stdout);
	int ends[2];
	if (pipe(ends) != 0)
		abort();
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		int code = call(event_word, payload_word);
		if (write(ends[1], &code, sizeof code) != sizeof code)
			_exit(3);
		close(ends[1]);
		/* Not through main(): the input belongs to the parent. exit() runs the library's end all the same. */
		exit(0);
	}
	close(ends[1]);
	int code = -98, status = -1;
	if (read(ends[0], &code, sizeof code) != sizeof code)
		code = -97;
	close(ends[0]);
	waitpid(child, &status, 0);
	printf("%d %d\n", code, status);
}

static void print_text(const char *name, const char *text)
{
	printf("\"%s\":", name);
	if (text == NULL) {
		printf("null,");
		return;
	}
	putchar('"');
	for (; *text != 0; text++)
		printf("%02x", (unsigned char)*text);
	printf("\",");
}

static void print_settings(void)
{
	struct NotifySettings settings;
	int code = NotifyReadSettings(&settings, sizeof settings);
	putchar('{');
	print_text("endpointHex", settings.endpoint);
	print_text("methodHex", settings.method);
	print_text("sourceHex", settings.source);
	print_text("fileHex", settings.file);
	print_text("problemHex", settings.problem);
	printf("\"timeoutNs\":\"%" PRId64 "\",\"retry\":%" PRId64 ",\"retryBackoffMs\":%" PRId64 ",\"code\":%d}\n",
	       settings.timeout_ns, settings.retry, settings.retry_backoff_ms, code);
}

static void print_stats(void)
{
	struct NotifyStats stats;
	NotifyReadStats(&stats, sizeof stats);
	printf("{\"accepted\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"droppedFull\":%" PRIu64, stats.accepted,
	       stats.refused, stats.dropped_full);
	printf(",\"droppedUnsendable\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"lost\":%" PRIu64,
	       stats.dropped_unsendable, stats.delivered, stats.lost);
	printf(",\"failedAttempts\":%" PRIu64 ",\"requests\":%" PRIu64 ",\"connections\":%" PRIu64,
	       stats.failed_attempts, stats.requests, stats.connections);
	printf(",\"pending\":%" PRIu64 "}\n", stats.pending);
}

static long status_number(const char *path, const char *name, int base)
{
	FILE *file = fopen(path, "r");
	char line[256];
	long value = -1;
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = (long)strtoull(line + strlen(name), NULL, base);
	if (file != NULL)
		fclose(file);
	return value;
}

/* Signals that a thread other than this one would take. */
static void print_signals(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned long long open_signals = 0;
	for (struct dirent *entry; tasks != NULL && (entry = readdir(tasks)) != NULL;) {
		char path[300];
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
		unsigned long long blocked = (unsigned long long)status_number(path, "SigBlk:", 16);
		/* 9 and 19 cannot be blocked; the C library keeps 32 to 34 for itself. */
		unsigned long long kept = 1ULL << 8 | 1ULL << 18 | 1ULL << 31 | 1ULL << 32 | 1ULL << 33;
		open_signals |= ~(blocked | kept);
	}
	if (tasks != NULL)
		closedir(tasks);
	printf("%llx\n", open_signals);
}

static void sleep_ms(long duration_ms)
{
	struct timespec left = { .tv_sec = duration_ms / 1000, .tv_nsec = duration_ms % 1000 * 1000000 };
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		continue;
}

static int change(const char *command, const char *one, const char *other)
{
	bool is_setenv = strcmp(command, "setenv") == 0;
	char *text = text_of(is_setenv ? other : one);
	int code = is_setenv ? setenv(one, text, 1) : chdir(text);
	free(text);
	return code;
}

static void run(char **words)
{
	const char *command = words[0];
	if (strcmp(command, "call") == 0) {
		printf("%d\n", call(words[1], words[2]));
	} else if (strcmp(command, "repeat") == 0) {
		repeat(atol(words[1]), words[2], words[3]);
	} else if (strcmp(command, "threads") == 0) {
		run_threads(atol(words[1]), atol(words[2]));
	} else if (strcmp(command, "fork-call") == 0) {
		fork_call(words[1], words[2]);
	} else if (strcmp(command, "sleep") == 0) {
		sleep_ms(atol(words[1]));
		puts("0");
	} else if (strcmp(command, "setenv") == 0 || strcmp(command, "chdir") == 0) {
		printf("%d\n", change(command, words[1], words[2]));
	} else if (strcmp(command, "settings") == 0) {
		print_settings();
	} else if (strcmp(command, "stats") == 0) {
		print_stats();
	} else if (strcmp(command, "memory") == 0) {
		printf("%ld %ld\n", status_number("/proc/self/status", "VmRSS:", 10),
		       status_number("/proc/self/status", "Threads:", 10));
	} else if (strcmp(command, "signals") == 0) {
		print_signals();
	} else if (strcmp(command, "exit") == 0) {
		exit(atoi(words[1]));
	} else {
		puts("unknown command");
	}
	fflush(stdout);
}

int main(void)
{
	run_commands(run);
	return 0;
}
