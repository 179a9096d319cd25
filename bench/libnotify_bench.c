/*
 * The C half of bench/libnotify.ts. Prints one line "NAME VALUE" per figure; times in nanoseconds. bench
 * caller    one call per millisecond, then bursts of 10 000: NotifyEvent beside a mutex and condition
 * variable bench events N  N events as fast as possible, until all are delivered bench write N HOST_PORT
 * N requests written to a plain socket, answers read, 32 at a time: nothing but the kernel bench memory N
 * N calls, then resident memory and threads
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "spdk_go_notify.h"
#include "spdk_go_notify_stats.h"

enum { PACED_CALLS = 3000, BURST_CALLS = 10000, BURSTS = 5, DEPTH = 32, QUEUE_SLOTS = 65536 };

static const char PAYLOAD[] =
	"{\"traddr\":\"0000:3b:00.0\",\"ctrlr_name\":\"nvme0\",\"bdev_count\":1,\"bdevs\":[\"nvm0n1\"]}";

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_ns(long ns)
{
	struct timespec left = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
	nanosleep(&left, NULL);
}

/* The thing beside it: copy under a mutex, signal a condition variable, a thread that takes and forgets. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	char *items[QUEUE_SLOTS];
	size_t first, count;
} plain = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static int plain_push(const char *event, const char *payload)
{
	size_t event_bytes = strlen(event), payload_bytes = strlen(payload);
	char *copy = malloc(event_bytes + payload_bytes + 2);
	memcpy(copy, event, event_bytes + 1);
	memcpy(copy + event_bytes + 1, payload, payload_bytes + 1);
	pthread_mutex_lock(&plain.lock);
	bool room = plain.count < QUEUE_SLOTS;
	if (room)
		plain.items[(plain.first + plain.count++) % QUEUE_SLOTS] = copy;
	pthread_cond_signal(&plain.filled);
	pthread_mutex_unlock(&plain.lock);
	if (!room)
		free(copy);
	return room ? 0 : -1;
}

static void *plain_take(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_mutex_lock(&plain.lock);
		while (plain.count == 0)
			pthread_cond_wait(&plain.filled, &plain.lock);
		char *item = plain.items[plain.first];
		plain.first = (plain.first + 1) % QUEUE_SLOTS;
		plain.count--;
		pthread_mutex_unlock(&plain.lock);
		free(item);
	}
	return NULL;
}

typedef int (*push_function)(const char *event, const char *payload);

static int ascending(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
	return a < b ? -1 : a > b;
}

static void print_figure(const char *who, const char *what, double value)
{
	printf("%s_%s %.1f\n", who, what, value);
	fflush(stdout);
}

static void paced(const char *who, push_function push)
{
	static int64_t times[PACED_CALLS];
	for (int i = 0; i < 50; i++) {
		push("bench_event", PAYLOAD);
		sleep_ns(1000000);
	}
	for (int i = 0; i < PACED_CALLS; i++) {
		int64_t start = now_ns();
		push("bench_event", PAYLOAD);
		times[i] = now_ns() - start;
		sleep_ns(1000000);
	}
	qsort(times, PACED_CALLS, sizeof times[0], ascending);
	print_figure(who, "paced_p50", (double)times[PACED_CALLS / 2]);
	print_figure(who, "paced_p99", (double)times[PACED_CALLS * 99 / 100]);
	print_figure(who, "paced_worst", (double)times[PACED_CALLS - 1]);
}

static void burst(const char *who, push_function push)
{
	static double means[BURSTS];
	int64_t worst = 0;
	for (int round = 0; round < BURSTS; round++) {
		/* Long enough for the worker to have gone to sleep: the burst begins with its wake-up. */
		sleep_ns(600000000);
		int64_t start = now_ns(), last = start;
		for (int i = 0; i < BURST_CALLS; i++) {
			push("bench_event", PAYLOAD);
			int64_t now = now_ns();
			worst = now - last > worst ? now - last : worst;
			last = now;
		}
		means[round] = (double)(last - start) / BURST_CALLS;
	}
	for (int i = 1; i < BURSTS; i++)
		for (int j = i; j > 0 && means[j] < means[j - 1]; j--) {
			double swap = means[j];
			means[j] = means[j - 1];
			means[j - 1] = swap;
		}
	print_figure(who, "burst_mean", means[BURSTS / 2]);
	print_figure(who, "burst_mean_worst_round", means[BURSTS - 1]);
	print_figure(who, "burst_worst", (double)worst);
}

static void clock_cost(void)
{
	int64_t start = now_ns();
	for (int i = 0; i < 100000; i++)
		now_ns();
	print_figure("clock", "read", (double)(now_ns() - start) / 100000);
}

static void caller(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, plain_take, NULL);
	clock_cost();
	paced("plain", plain_push);
	paced("notify", NotifyEvent);
	burst("plain", plain_push);
	burst("notify", NotifyEvent);
}

static void events(long count)
{
	struct NotifyStats stats;
	NotifyEvent("warm_up", NULL);
	sleep_ns(300000000);
	char payload[128];
	int64_t start = now_ns();
	for (long i = 0; i < count;) {
		snprintf(payload, sizeof payload, "{\"i\":%ld,\"traddr\":\"0000:3b:00.0\",\"ctrlr_name\":\"nvme0\"}", i);
		if (NotifyEvent("bench_event", payload) == 0)
			i++;
		else
			sleep_ns(1000000);
	}
	do {
		sleep_ns(1000000);
		NotifyReadStats(&stats, sizeof stats);
	} while (stats.pending > 0);
	print_figure("notify", "events_per_s", (double)count * 1e9 / (double)(now_ns() - start));
	print_figure("notify", "delivered", (double)stats.delivered);
	print_figure("notify", "requests", (double)stats.requests);
	print_figure("notify", "connections", (double)stats.connections);
}

static int plain_connect(const char *host, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, host, &address.sin_addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

/* Counts the ends of response heads; every answer here is a 204 without body. */
static long count_answers(const char *bytes, ssize_t count, unsigned *matched)
{
	static const char END[] = "\r\n\r\n";
	long answers = 0;
	for (ssize_t i = 0; i < count; i++) {
		*matched = bytes[i] == END[*matched] ? *matched + 1 : bytes[i] == '\r' ? 1 : 0;
		if (*matched == 4) {
			*matched = 0;
			answers++;
		}
	}
	return answers;
}

static void plain_write(long count, int port)
{
	static char out[DEPTH * 512], in[65536];
	int fd = plain_connect("127.0.0.1", port);
	char body[160], request[512];
	snprintf(body, sizeof body, "{\"event\":\"bench_event\",\"payload\":%s,\"timestamp\":1763541234}", PAYLOAD);
	int bytes = snprintf(request, sizeof request,
			     "POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: Go-http-client/1.1\r\n"
			     "Content-Length: %zu\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n%s",
			     port, strlen(body), body);
	long sent = 0, answered = 0;
	unsigned matched = 0;
	int64_t start = now_ns();
	while (answered < count) {
		long batch = count - sent < DEPTH - (sent - answered) ? count - sent : DEPTH - (sent - answered);
		for (long i = 0; i < batch; i++)
			memcpy(out + i * bytes, request, (size_t)bytes);
		if (batch > 0 && write(fd, out, (size_t)(batch * bytes)) < 0)
			exit(1);
		sent += batch;
		ssize_t got = read(fd, in, sizeof in);
		if (got <= 0)
			exit(1);
		answered += count_answers(in, got, &matched);
	}
	print_figure("write", "events_per_s", (double)count * 1e9 / (double)(now_ns() - start));
	close(fd);
}

static long status_number(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long value = -1;
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = atol(line + strlen(name));
	if (file != NULL)
		fclose(file);
	return value;
}

static void memory(long count)
{
	long before = status_number("VmRSS:"), threads = status_number("Threads:");
	long accepted = 0;
	for (long i = 0; i < count; i++)
		accepted += NotifyEvent("bench_event", PAYLOAD) == 0 ? 1 : 0;
	print_figure("notify", "memory_growth_kb", (double)(status_number("VmRSS:") - before));
	print_figure("notify", "threads", (double)(status_number("Threads:") - threads));
	print_figure("notify", "accepted", (double)accepted);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "caller") == 0)
		caller();
	else if (argc == 3 && strcmp(argv[1], "events") == 0)
		events(atol(argv[2]));
	else if (argc == 4 && strcmp(argv[1], "write") == 0)
		plain_write(atol(argv[2]), atoi(argv[3]));
	else if (argc == 3 && strcmp(argv[1], "memory") == 0)
		memory(atol(argv[2]));
	else
		return 2;
	return 0;
}
