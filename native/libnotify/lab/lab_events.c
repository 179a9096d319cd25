#include "lab_events.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* xorshift64: good enough to vary demonstration data. */
static uint64_t next(struct lab_chance *chance)
{
	chance->state ^= chance->state << 13;
	chance->state ^= chance->state >> 7;
	chance->state ^= chance->state << 17;
	return chance->state;
}

static unsigned below(struct lab_chance *chance, unsigned limit)
{
	return (unsigned)(next(chance) % limit);
}

#define PICK(chance, table) (table)[below(chance, sizeof(table) / sizeof((table)[0]))]

static void removed_list(char *out, size_t room, unsigned controller, unsigned count)
{
	size_t used = 0;
	out[0] = 0;
	for (unsigned i = 1; i <= count; i++)
		used += (size_t)snprintf(out + used, room - used, "%s\"nvme%un%u\"", i > 1 ? "," : "", controller, i);
}

static const char *controller_removed(struct lab_chance *chance, char *payload)
{
	static const char *const SLOTS[] = { "3b", "5e", "86", "af", "d8" };
	unsigned controller = below(chance, 24);
	unsigned kind = below(chance, 10);
	unsigned count = 1 + below(chance, 3);
	char names[128];
	removed_list(names, sizeof names, controller, count);
	if (kind == 0)
		snprintf(payload, LAB_PAYLOAD_BYTES_MAX, "{\"ctrlr_name\":\"unknown\",\"bdev_count\":0}");
	else if (kind == 1)
		snprintf(payload, LAB_PAYLOAD_BYTES_MAX,
			 "{\"traddr\":\"0000:%s:00.0\",\"ctrlr_name\":\"nvme%u\",\"bdev_count\":0}", PICK(chance, SLOTS),
			 controller);
	else if (kind == 2)
		snprintf(payload, LAB_PAYLOAD_BYTES_MAX,
			 "{\"traddr\":\"192.168.100.%u\",\"ctrlr_name\":\"nvme_remote\",\"bdev_count\":1,"
			 "\"bdevs\":[\"nvme_remoten1\"]}",
			 2 + below(chance, 250));
	else
		snprintf(payload, LAB_PAYLOAD_BYTES_MAX,
			 "{\"traddr\":\"0000:%s:00.0\",\"ctrlr_name\":\"nvme%u\",\"bdev_count\":%u,\"bdevs\":[%s]}",
			 PICK(chance, SLOTS), controller, count, names);
	return "nvme_ctrlr_physically_removed";
}

static const char *wear_leveling_fallback(struct lab_chance *chance, char *payload)
{
	static const char *const REASONS[] = { "snapshot_init_failed", "snapshot_storage_not_initialized",
					       "invalid_ec_parameters", "snapshot_failure" };
	const char *reason = PICK(chance, REASONS);
	const char *message = below(chance, 2) == 0 ? ",\"message\":\"Wear leveling switched itself off\"" : "";
	snprintf(payload, LAB_PAYLOAD_BYTES_MAX,
		 "{\"ec_bdev\":\"ec%u\",\"old_mode\":\"FULL\",\"new_mode\":\"DISABLED\",\"reason\":\"%s\"%s}",
		 below(chance, 8), reason, message);
	return "wear_leveling_auto_fallback";
}

static void device_payload(struct lab_chance *chance, char *payload, const char *format)
{
	static const uint64_t SIZES[] = { UINT64_C(1073741824), UINT64_C(960197124096), UINT64_C(1920383410176),
					  UINT64_C(3840755982336), UINT64_C(7681501126656), UINT64_C(15362991415296) };
	char name[64];
	snprintf(name, sizeof name, format, below(chance, 32), 1 + below(chance, 4));
	snprintf(payload, LAB_PAYLOAD_BYTES_MAX, "{\"name\":\"%s\",\"size\":%" PRIu64 "}", name,
		 PICK(chance, SIZES));
}

const char *lab_start_event(char payload[LAB_PAYLOAD_BYTES_MAX])
{
	snprintf(payload, LAB_PAYLOAD_BYTES_MAX, "{\"pid\": %d, \"name\": \"mimo_tgt\"}", (int)getpid());
	return "mimo_tgt_started";
}

const char *lab_error_event(struct lab_chance *chance, char payload[LAB_PAYLOAD_BYTES_MAX])
{
	static const char *const ERRORS[] = { "I/O timeout on nvme%un1", "CRC mismatch reading nvme%un1",
					      "queue depth exceeded on nvme%un1", "media error on nvme%un1",
					      "reconnect to nvme%un1 failed" };
	char text[96];
	payload[0] = 0;
	/* The documentation shows the event without a payload as well. */
	if (below(chance, 12) > 0) {
		snprintf(text, sizeof text, PICK(chance, ERRORS), below(chance, 24));
		snprintf(payload, LAB_PAYLOAD_BYTES_MAX, "{\"error\":\"%s\"}", text);
	}
	return "error_occurred";
}

const char *lab_ordinary_event(struct lab_chance *chance, char payload[LAB_PAYLOAD_BYTES_MAX])
{
	unsigned kind = below(chance, 100);
	payload[0] = 0;
	if (kind < 42) {
		device_payload(chance, payload, "nvme%un%u");
		return "bdev_ready";
	}
	if (kind < 72) {
		device_payload(chance, payload, below(chance, 2) == 0 ? "raid%u_data%u" : "ec_%u_%u");
		return "bdev_created";
	}
	if (kind < 84)
		return controller_removed(chance, payload);
	if (kind < 89)
		return wear_leveling_fallback(chance, payload);
	if (kind < 94)
		return lab_error_event(chance, payload);
	if (kind < 97)
		return lab_start_event(payload);
	return "system_ready";
}
