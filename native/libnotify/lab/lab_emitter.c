/*
 * Stands in for the storage programs of a site: emits their events through the library, as they would.
 * lab-emitter [EVENTS_PER_SECOND] Reads lines from standard input while it runs: "rate N", "bursts on",
 * "bursts off", "stop". The end of the input stops it as well, so it never outlives the program that
 * started it. Prints one line per second, and one at the end: {"sent":N,"failed":N,"dropped":N}
 * delivered; given up or never sendable; refused because the queue was full The endpoint comes from the
 * configuration file, like in any program that uses the library.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab_events.h"
#include "spdk_go_notify.h"
#include "spdk_go_notify_stats.h"

#define NS_PER_S INT64_C(1000000000)
#define BURST_EVERY_NS (20 * NS_PER_S)
#define BURST_FOR_NS (3 * NS_PER_S)

enum { RATE_MAX = 1000000, LINE_BYTES_MAX = 256, TICK_MS = 2 };

struct emitter {
	double rate;        /* events per second */
	double owed;        /* events that are due and not emitted */
	bool bursts;
	bool stopped;
	int64_t started_ns;
	struct lab_chance chance;
	char line[LINE_BYTES_MAX];
	size_t line_bytes;
};

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool parse_rate(const char *text, double *rate)
{
	char *end = NULL;
	double value = strtod(text, &end);
	if (end == text || *end != 0 || !(value >= 0) || value > RATE_MAX)
		return false;
	*rate = value;
	return true;
}

static void obey(struct emitter *emitter, const char *line)
{
	if (strcmp(line, "stop") == 0)
		emitter->stopped = true;
	else if (strcmp(line, "bursts on") == 0)
		emitter->bursts = true;
	else if (strcmp(line, "bursts off") == 0)
		emitter->bursts = false;
	else if (strncmp(line, "rate ", 5) != 0 || !parse_rate(line + 5, &emitter->rate))
		fprintf(stderr, "lab-emitter: not understood: %s\n", line);
}

static void take_input(struct emitter *emitter, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != '\n') {
			if (emitter->line_bytes < LINE_BYTES_MAX - 1)
				emitter->line[emitter->line_bytes++] = bytes[i];
			continue;
		}
		emitter->line[emitter->line_bytes] = 0;
		emitter->line_bytes = 0;
		obey(emitter, emitter->line);
	}
}

/* Waits for one tick or for input. */
static void wait_tick(struct emitter *emitter)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char bytes[LINE_BYTES_MAX];
	if (poll(&input, 1, TICK_MS) <= 0)
		return;
	ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
	if (count > 0)
		take_input(emitter, bytes, (size_t)count);
	else if (count == 0 || errno != EINTR)
		emitter->stopped = true;
}

static void emit_due(struct emitter *emitter, int64_t now)
{
	char payload[LAB_PAYLOAD_BYTES_MAX];
	int64_t since_ns = (now - emitter->started_ns) % BURST_EVERY_NS;
	/* At the end of each period, so that a console that was just opened first shows everyday life. */
	bool burst = emitter->bursts && since_ns >= BURST_EVERY_NS - BURST_FOR_NS;
	for (; emitter->owed >= 1; emitter->owed -= 1) {
		bool error = burst && (emitter->chance.state >> 20) % 4 != 0;
		const char *event = error ? lab_error_event(&emitter->chance, payload) :
					    lab_ordinary_event(&emitter->chance, payload);
		NotifyEvent(event, payload[0] == 0 ? NULL : payload);
	}
}

static void report(void)
{
	struct NotifyStats stats;
	NotifyReadStats(&stats, sizeof stats);
	printf("{\"sent\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n", stats.delivered,
	       stats.lost + stats.dropped_unsendable, stats.dropped_full);
	fflush(stdout);
}

static bool can_send(void)
{
	struct NotifySettings settings;
	int code = NotifyReadSettings(&settings, sizeof settings);
	if (settings.problem != NULL)
		fprintf(stderr, "lab-emitter: %s\n", settings.problem);
	return code == 0;
}

int main(int argc, char **argv)
{
	struct emitter emitter = { .rate = 20, .bursts = true, .started_ns = now_ns() };
	if (argc > 2 || (argc == 2 && !parse_rate(argv[1], &emitter.rate))) {
		fprintf(stderr, "usage: lab-emitter [EVENTS_PER_SECOND]   (0 to %d)\n", RATE_MAX);
		return 2;
	}
	if (!can_send())
		return 1;
	emitter.chance.state = (uint64_t)emitter.started_ns | 1;
	char payload[LAB_PAYLOAD_BYTES_MAX];
	const char *event = lab_start_event(payload);
	NotifyEvent(event, payload);
	int64_t last_ns = emitter.started_ns, reported_ns = last_ns;
	while (!emitter.stopped) {
		wait_tick(&emitter);
		int64_t now = now_ns();
		emitter.owed += emitter.rate * (double)(now - last_ns) / (double)NS_PER_S;
		last_ns = now;
		/* After a pause of the whole machine there is no point in catching up. */
		if (emitter.owed > emitter.rate)
			emitter.owed = emitter.rate;
		emit_due(&emitter, now);
		if (now - reported_ns >= NS_PER_S) {
			report();
			reported_ns = now;
		}
	}
	report();
	return 0;
}
