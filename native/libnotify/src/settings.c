#include "settings.h"

#include <string.h>

#include "go_duration.h"
#include "json_scan.h"
#include "json_text.h"

static const char DEFAULT_ENDPOINT[] = "http://127.0.0.1:9988/mimo/events";
static const char WRONG_TYPE[] = "a configuration member has the wrong type or is out of range";
static const char NO_MEMORY[] = "out of memory while reading the configuration";

static bool set_text(struct bytes *text, const void *from, size_t count)
{
	text->used = 0;
	bytes_append(text, from, count);
	bytes_append_byte(text, 0);
	text->used--;
	return !text->failed;
}

bool settings_init(struct settings *settings)
{
	*settings = (struct settings){ .timeout_ns = 2000000000, .retry = 2, .retry_backoff_ms = 100 };
	return set_text(&settings->endpoint, DEFAULT_ENDPOINT, strlen(DEFAULT_ENDPOINT)) &&
	       set_text(&settings->method, "POST", 4) && set_text(&settings->source, "mimo", 4);
}

void settings_free(struct settings *settings)
{
	bytes_free(&settings->endpoint);
	bytes_free(&settings->method);
	bytes_free(&settings->source);
}

/* Folds the way Go compares member names: ASCII case, and the two other characters that fold to ASCII
 * letters. */
static size_t fold_character(const uint8_t *at, const uint8_t *end, uint8_t *folded)
{
	static const uint8_t LONG_S[] = { 0xc5, 0xbf };
	static const uint8_t KELVIN[] = { 0xe2, 0x84, 0xaa };
	if (end - at >= 2 && memcmp(at, LONG_S, sizeof LONG_S) == 0) {
		*folded = 's';
		return sizeof LONG_S;
	}
	if (end - at >= 3 && memcmp(at, KELVIN, sizeof KELVIN) == 0) {
		*folded = 'k';
		return sizeof KELVIN;
	}
	*folded = *at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at;
	return 1;
}

static bool is_named(const struct bytes *name, const char *wanted)
{
	const uint8_t *at = name->at;
	const uint8_t *end = name->at + name->used;
	while (at < end && *wanted != 0) {
		uint8_t folded;
		at += fold_character(at, end, &folded);
		if (folded != (uint8_t)*wanted++)
			return false;
	}
	return at == end && *wanted == 0;
}

/* Go's rule for an int member: an integer literal that fits 64 bits; no fraction, no exponent. */
static bool parse_integer(const uint8_t *at, const uint8_t *end, int64_t *value)
{
	bool negative = *at == '-';
	uint64_t limit = negative ? UINT64_C(1) << 63 : INT64_MAX;
	uint64_t magnitude = 0;
	for (at += negative ? 1 : 0; at < end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		uint64_t digit = (uint64_t)(*at - '0');
		if (magnitude > (limit - digit) / 10)
			return false;
		magnitude = magnitude * 10 + digit;
	}
	*value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return true;
}

/* The members as the file gave them, before the rules about empty text and values that are not positive. */
struct members {
	struct bytes endpoint, method, timeout, source;
	int64_t retry, retry_backoff_ms;
};

static bool take_text(struct bytes *text, const uint8_t *at)
{
	if (*at == 'n')
		return true;
	if (*at != '"')
		return false;
	text->used = 0;
	json_append_decoded(text, at);
	return true;
}

static bool take_integer(int64_t *value, const uint8_t *at, const uint8_t *end)
{
	if (*at == 'n')
		return true;
	return (*at == '-' || (*at >= '0' && *at <= '9')) && parse_integer(at, end, value);
}

static bool take_member(struct members *members, const struct bytes *name, const uint8_t *at,
			const uint8_t *end)
{
	if (is_named(name, "endpoint"))
		return take_text(&members->endpoint, at);
	if (is_named(name, "method"))
		return take_text(&members->method, at);
	if (is_named(name, "timeout"))
		return take_text(&members->timeout, at);
	if (is_named(name, "source"))
		return take_text(&members->source, at);
	if (is_named(name, "retry"))
		return take_integer(&members->retry, at, end);
	if (is_named(name, "retry_backoff_ms"))
		return take_integer(&members->retry_backoff_ms, at, end);
	return true;
}

/* Walks the members of the valid JSON object at `at`. */
static bool take_members(struct members *members, const uint8_t *at, const uint8_t *end)
{
	struct bytes name = { 0 };
	bool good = true;
	at = json_skip_space(at + 1, end);
	while (good && *at != '}') {
		name.used = 0;
		json_append_decoded(&name, at);
		at = json_skip_space(json_skip_value(at), end);
		at = json_skip_space(at + 1, end);
		const uint8_t *value_end = json_skip_value(at);
		good = !name.failed && take_member(members, &name, at, value_end);
		at = json_skip_space(value_end, end);
		if (*at == ',')
			at = json_skip_space(at + 1, end);
	}
	bytes_free(&name);
	return good;
}

/* Text that is empty or absent and numbers that are not positive leave the default standing. */
static bool apply_members(struct settings *settings, const struct members *members, const char **problem)
{
	*problem = "the timeout setting is not a duration";
	const struct bytes *timeout = &members->timeout;
	if (timeout->used > 0 && !go_duration_parse(timeout->at, timeout->used, &settings->timeout_ns))
		return false;
	*problem = NO_MEMORY;
	if (members->endpoint.failed || members->method.failed || timeout->failed || members->source.failed)
		return false;
	if (members->retry > 0)
		settings->retry = members->retry;
	if (members->retry_backoff_ms > 0)
		settings->retry_backoff_ms = members->retry_backoff_ms;
	const struct bytes *from[] = { &members->endpoint, &members->method, &members->source };
	struct bytes *to[] = { &settings->endpoint, &settings->method, &settings->source };
	for (size_t i = 0; i < 3; i++)
		if (from[i]->used > 0 && !set_text(to[i], from[i]->at, from[i]->used))
			return false;
	*problem = NULL;
	return true;
}

bool settings_apply(struct settings *settings, const uint8_t *text, size_t count, const char **problem)
{
	*problem = "the configuration file is not valid JSON";
	if (!json_compact(text, count, NULL))
		return false;
	const uint8_t *end = text + count;
	const uint8_t *at = json_skip_space(text, end);
	*problem = NULL;
	if (*at == 'n')
		return true;
	*problem = "the configuration file does not hold a JSON object";
	if (*at != '{')
		return false;
	struct members members = { 0 };
	bool good = take_members(&members, at, end);
	if (good)
		good = apply_members(settings, &members, problem);
	else
		*problem = WRONG_TYPE;
	bytes_free(&members.endpoint);
	bytes_free(&members.method);
	bytes_free(&members.timeout);
	bytes_free(&members.source);
	return good;
}
