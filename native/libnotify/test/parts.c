/*
 * Reaches the library's hidden functions for tests: one command per line on standard input, one answer each.
 *   duration TEXT              -> nanoseconds, or "error"
 *   compact TEXT               -> hex of the compacted JSON, or "error"
 *   url TEXT                   -> "authority host port path authorization" in hex, "unusable" or "tls"
 *   resolve BASE LOCATION      -> the same for a Location header
 *   response CUT BYTES         -> what the reader sees when the bytes come CUT at a time (0 = all at once), then
 *                                 the end: "status closes location" per response, ";" between, "broken" last
 * All words are hex, "-" for nothing.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "go_duration.h"
#include "http_response.h"
#include "json_scan.h"
#include "url.h"

static int hex_value(int letter)
{
	return isdigit(letter) ? letter - '0' : tolower(letter) - 'a' + 10;
}

/* Exactly as long as the text, so that a sanitizer sees every byte read beyond it. The caller frees. */
static uint8_t *bytes_of(const char *word, size_t *count)
{
	*count = word == NULL || strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
	uint8_t *bytes = malloc(*count > 0 ? *count : 1);
	for (size_t i = 0; i < *count; i++)
		bytes[i] = (uint8_t)(hex_value(word[2 * i]) << 4 | hex_value(word[2 * i + 1]));
	return bytes;
}

static void print_hex(const void *from, size_t count)
{
	const uint8_t *bytes = from;
	if (count == 0)
		putchar('-');
	for (size_t i = 0; i < count; i++)
		printf("%02x", bytes[i]);
}

static void duration(const uint8_t *text, size_t count)
{
	int64_t duration_ns;
	if (go_duration_parse(text, count, &duration_ns))
		printf("%" PRId64, duration_ns);
	else
		printf("error");
}

static void compact(const uint8_t *text, size_t count)
{
	struct bytes out = { 0 };
	if (json_compact(text, count, &out))
		print_hex(out.at, out.used);
	else
		printf("error");
	if (json_compact(text, count, NULL) != (out.failed ? false : json_compact(text, count, &out)))
		printf(" differs");
	bytes_free(&out);
}

static void print_url(enum url_verdict verdict, struct url *url)
{
	if (verdict != URL_GOOD) {
		printf(verdict == URL_NEEDS_TLS ? "tls" : "unusable");
		return;
	}
	const char *parts[] = { url->authority, url->host, url->port, url->request_path, url->authorization };
	for (size_t i = 0; i < 5; i++) {
		print_hex(parts[i], parts[i] == NULL ? 0 : strlen(parts[i]));
		if (i < 4)
			putchar(32);
	}
	url_free(url);
}

static void resolve(const uint8_t *base_text, size_t base_count, const char *location_word)
{
	struct url base, url;
	size_t count;
	if (url_parse(&base, base_text, base_count) != URL_GOOD) {
		printf("base unusable");
		return;
	}
	uint8_t *bytes = bytes_of(location_word, &count);
	char *location = strndup((const char *)bytes, count);
	print_url(url_resolve(&url, &base, location), &url);
	free(location);
	free(bytes);
	url_free(&base);
}

static void print_response(const struct http_response *response)
{
	printf("%d %d ", response->status, response->closes ? 1 : 0);
	print_hex(response->location, response->location_bytes);
}

/* Feeds [at, at + count) and prints each response that comes to its end. False when reading must stop. */
static int feed(struct http_response *response, int *began, int *printed, const uint8_t *at, size_t count)
{
	size_t used = 0;
	while (used < count) {
		if (!*began)
			http_response_begin(response, false);
		*began = 1;
		used += http_response_read(response, at + used, count - used);
		if (response->step == RESPONSE_BROKEN)
			return 0;
		if (response->step == RESPONSE_DONE) {
			printf((*printed)++ > 0 ? ";" : "");
			print_response(response);
			*began = 0;
			if (response->closes)
				return 0;
		}
	}
	return 1;
}

static void response(long cut, const uint8_t *bytes, size_t count)
{
	static struct http_response reader;
	int began = 0, printed = 0, goes_on = 1;
	for (size_t at = 0; at < count && goes_on;) {
		size_t step = cut > 0 && (size_t)cut < count - at ? (size_t)cut : count - at;
		goes_on = feed(&reader, &began, &printed, bytes + at, step);
		at += step;
	}
	if (began && goes_on) {
		http_response_end(&reader);
		if (reader.step == RESPONSE_DONE) {
			printf(printed++ > 0 ? ";" : "");
			print_response(&reader);
			began = 0;
		}
	}
	if (began)
		printf(printed > 0 ? ";broken" : "broken");
}

static void run(char **words)
{
	size_t count;
	int is_response = strcmp(words[0], "response") == 0;
	uint8_t *bytes = bytes_of(words[is_response ? 2 : 1], &count);
	struct url url;
	if (strcmp(words[0], "duration") == 0)
		duration(bytes, count);
	else if (strcmp(words[0], "compact") == 0)
		compact(bytes, count);
	else if (strcmp(words[0], "url") == 0)
		print_url(url_parse(&url, bytes, count), &url);
	else if (strcmp(words[0], "resolve") == 0)
		resolve(bytes, count, words[2]);
	else if (is_response)
		response(atol(words[1]), bytes, count);
	else
		printf("unknown command");
	free(bytes);
	putchar('\n');
	fflush(stdout);
}

int main(void)
{
	run_commands(run);
	return 0;
}
