#include "go_duration.h"

#include <string.h>

#define NANOSECONDS_LIMIT (UINT64_C(1) << 63)

struct unit {
	const char *name;
	uint64_t ns;
};

/* Longer names stand before the names they begin with. */
static const struct unit UNITS[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* U+00B5 */
	{ "\xce\xbcs", 1000 }, /* U+03BC */
	{ "ms", 1000000 },
	{ "s", UINT64_C(1000000000) },
	{ "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
};

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_number_byte(uint8_t byte)
{
	return is_digit(byte) || byte == '.';
}

/* The unit whose name is all of [at, end). */
static const struct unit *unit_named(const uint8_t *at, const uint8_t *end)
{
	size_t count = (size_t)(end - at);
	for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++)
		if (strlen(UNITS[i].name) == count && memcmp(UNITS[i].name, at, count) == 0)
			return &UNITS[i];
	return NULL;
}

/* Digits before the point; false beyond 2^63. */
static bool take_whole(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	for (*value = 0; *at < end && is_digit(**at); (*at)++) {
		if (*value > NANOSECONDS_LIMIT / 10)
			return false;
		*value = *value * 10 + (uint64_t)(**at - '0');
		if (*value > NANOSECONDS_LIMIT)
			return false;
	}
	return true;
}

/* Digits after the point as value / scale; digits beyond 63 bits are read and have no effect. */
static void take_fraction(const uint8_t **at, const uint8_t *end, uint64_t *value, double *scale)
{
	bool full = false;
	*value = 0;
	*scale = 1;
	for (; *at < end && is_digit(**at); (*at)++) {
		if (full || *value > (NANOSECONDS_LIMIT - 1) / 10) {
			full = true;
			continue;
		}
		uint64_t next = *value * 10 + (uint64_t)(**at - '0');
		if (next > NANOSECONDS_LIMIT) {
			full = true;
			continue;
		}
		*value = next;
		*scale *= 10;
	}
}

/* One number with its unit, added to `total`. */
static bool take_term(const uint8_t **at, const uint8_t *end, uint64_t *total)
{
	const uint8_t *start = *at;
	uint64_t whole, fraction = 0;
	double scale = 1;
	if (!take_whole(at, end, &whole))
		return false;
	size_t digits = (size_t)(*at - start);
	if (*at < end && **at == '.') {
		const uint8_t *point = (*at)++;
		take_fraction(at, end, &fraction, &scale);
		digits += (size_t)(*at - point) - 1;
	}
	if (digits == 0)
		return false;
	const uint8_t *name = *at;
	while (*at < end && !is_number_byte(**at))
		(*at)++;
	const struct unit *unit = unit_named(name, *at);
	if (unit == NULL || whole > NANOSECONDS_LIMIT / unit->ns)
		return false;
	uint64_t term = whole * unit->ns;
	if (fraction > 0)
		term += (uint64_t)((double)fraction * ((double)unit->ns / scale));
	if (term > NANOSECONDS_LIMIT || *total + term > NANOSECONDS_LIMIT)
		return false;
	*total += term;
	return true;
}

bool go_duration_parse(const uint8_t *text, size_t count, int64_t *duration_ns)
{
	const uint8_t *at = text;
	const uint8_t *end = text + count;
	bool negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	*duration_ns = 0;
	if (end - at == 1 && *at == '0')
		return true;
	if (at == end)
		return false;
	uint64_t total = 0;
	while (at < end) {
		if (!is_number_byte(*at) || !take_term(&at, end, &total))
			return false;
	}
	if (total == NANOSECONDS_LIMIT) {
		*duration_ns = INT64_MIN;
		return negative;
	}
	*duration_ns = negative ? -(int64_t)total : (int64_t)total;
	return true;
}
