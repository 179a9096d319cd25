/*
 * Packets of one turn of the loop at once, both ways. A callback a packet and a system call a packet cost more than the packet, and every
 * send may wake the peer at once: so what came is handed over together, and what JavaScript writes meanwhile leaves together in one
 * sendmmsg when the turn ends. It is still one packet a message. The arrays belong to JavaScript and are kept by references; the words are:
 *   [0] 1 while packets may be gathered   [1] how many are   [2..] their lengths, one after another in `gathered`
 *   [2 + BATCH_PACKETS_MAX..] lengths of the packets received, one after another in `into`
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "seqpacket.h"

#define BATCH_PACKETS_MAX 64
#define WORD_OPEN 0
#define WORD_GATHERED 1
#define WORD_LENGTHS 2
#define WORD_RECEIVED (WORD_LENGTHS + BATCH_PACKETS_MAX)
#define WORDS (WORD_RECEIVED + BATCH_PACKETS_MAX)
/* After looking in vain for a second packet so often in a row, the next look is so many turns away: one question, one answer. */
#define SKIPPED_LOOKS_MAX 15
/* Whoever sends without ever being answered must not count without end. */
#define UNANSWERED_MAX (1 << 20)

struct seqpacket_batch {
  struct bytes into;
  size_t packet_bytes_max; /* room that must be left before another packet is received; a longer packet is an error */
  struct bytes gathered;
  uint32_t *words;
  napi_ref on_unsent;
  napi_ref kept[3]; /* into, gathered, words */
  int looks_to_skip;
  int looks_skipped;
};

static void drop_batch_references(napi_env env, struct seqpacket_batch *batch) {
  for (size_t index = 0; index < sizeof batch->kept / sizeof *batch->kept; index += 1)
    if (batch->kept[index] != NULL) napi_delete_reference(env, batch->kept[index]);
  if (batch->on_unsent != NULL) napi_delete_reference(env, batch->on_unsent);
  free(batch);
}

void seqpacket_drop_batch(struct seqpacket *socket) {
  struct seqpacket_batch *batch = socket->batch;
  if (batch == NULL) return;
  socket->batch = NULL;
  batch->words[WORD_OPEN] = 0;
  batch->words[WORD_GATHERED] = 0;
  drop_batch_references(socket->env, batch);
}

void seqpacket_open_gathering(struct seqpacket *socket) {
  if (socket->batch != NULL) socket->batch->words[WORD_OPEN] = 1;
}

void seqpacket_count_sent(struct seqpacket *socket, int count) {
  if (socket->unanswered < UNANSWERED_MAX) socket->unanswered += count;
}

/* Points a message at every gathered packet; false when the lengths are not those of the bytes. */
static bool list_packets(const struct seqpacket_batch *batch, size_t count, struct mmsghdr *messages, struct iovec *parts) {
  size_t used = 0;
  for (size_t index = 0; index < count; index += 1) {
    size_t length = batch->words[WORD_LENGTHS + index];
    if (length > batch->gathered.length - used) return false;
    parts[index] = (struct iovec){batch->gathered.data + used, length};
    memset(&messages[index], 0, sizeof messages[index]);
    messages[index].msg_hdr.msg_iov = &parts[index];
    messages[index].msg_hdr.msg_iovlen = 1;
    used += length;
  }
  return true;
}

/*
 * Sends what was gathered: how many left, fewer than were there when the peer's queue is full (the words then still tell of all of them),
 * or -errno. Without an error and with nothing left the batch is empty again.
 */
static int send_gathered(struct seqpacket *socket) {
  struct seqpacket_batch *batch = socket->batch;
  struct mmsghdr messages[BATCH_PACKETS_MAX];
  struct iovec parts[BATCH_PACKETS_MAX];
  size_t count = batch->words[WORD_GATHERED];
  if (count > BATCH_PACKETS_MAX || !list_packets(batch, count, messages, parts)) return -EINVAL;
  size_t sent = 0;
  while (sent < count) {
    int more = count - sent > 1 ? sendmmsg(socket->fd, messages + sent, (unsigned)(count - sent), MSG_NOSIGNAL)
               : send(socket->fd, parts[sent].iov_base, parts[sent].iov_len, MSG_NOSIGNAL) < 0 ? -1
                                                                                               : 1;
    if (more >= 0) {
      sent += (size_t)more;
      seqpacket_count_sent(socket, more);
    } else if (errno == EAGAIN) {
      return (int)sent;
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  batch->words[WORD_GATHERED] = 0;
  return (int)sent;
}

void seqpacket_flush_gathered(struct seqpacket *socket) {
  struct seqpacket_batch *batch = socket->batch;
  if (batch == NULL || socket->fd < 0 || batch->words[WORD_GATHERED] == 0) return;
  int count = (int)batch->words[WORD_GATHERED];
  int sent = send_gathered(socket);
  if (sent != count) call_back_i32(socket->env, batch->on_unsent, sent);
}

void seqpacket_close_gathering(struct seqpacket *socket) {
  if (socket->batch == NULL) return;
  seqpacket_flush_gathered(socket);
  if (socket->batch != NULL) socket->batch->words[WORD_OPEN] = 0;
}

/* True when a second packet should be looked for in this turn. */
static bool is_look_due(struct seqpacket_batch *batch) {
  if (batch->looks_to_skip == 0) return true;
  batch->looks_to_skip -= 1;
  return false;
}

static void learn_from_look(struct seqpacket_batch *batch, bool was_worth_it) {
  batch->looks_skipped = was_worth_it ? 0 : batch->looks_skipped * 2 + 1;
  if (batch->looks_skipped > SKIPPED_LOOKS_MAX) batch->looks_skipped = SKIPPED_LOOKS_MAX;
  batch->looks_to_skip = batch->looks_skipped;
}

/*
 * Where several answers are due, the first of them often wakes us while the peer still writes the others: all of them are looked for, and
 * nothing after the last. Where one is due, or none, it is learned whether a second look is worth a system call.
 */
int seqpacket_read_batch(struct seqpacket *socket, bool *is_drained) {
  struct seqpacket_batch *batch = socket->batch;
  bool is_expecting = socket->unanswered > 1;
  bool is_looking = is_expecting || is_look_due(batch);
  uint32_t packets_max = is_expecting && socket->unanswered < BATCH_PACKETS_MAX ? (uint32_t)socket->unanswered : BATCH_PACKETS_MAX;
  size_t used = 0;
  uint32_t count = 0;
  int last;
  do {
    last = seqpacket_receive_into(socket->fd, (struct bytes){batch->into.data + used, batch->packet_bytes_max});
    if (last <= 0) break;
    batch->words[WORD_RECEIVED + count] = (uint32_t)last;
    count += 1;
    used += (size_t)last;
  } while (is_looking && count < packets_max && batch->into.length - used >= batch->packet_bytes_max);
  socket->unanswered = (uint32_t)socket->unanswered > count ? socket->unanswered - (int)count : 0;
  if (count > 0 && is_looking && !is_expecting) learn_from_look(batch, count > 1);
  *is_drained = last == -EAGAIN || (is_expecting && socket->unanswered == 0);
  bool has_ended = last <= 0 && last != -EAGAIN;
  if (count > 0) call_back_i32(socket->env, socket->on_readable, (int32_t)count);
  if (!has_ended) return (int)count;
  /* What was written in answer to the last packets goes out before anybody learns of the end. */
  seqpacket_flush_gathered(socket);
  if (socket->fd >= 0 && socket->on_readable != NULL) call_back_i32(socket->env, socket->on_readable, last);
  return -1;
}

static bool argument_words(napi_env env, napi_value value, uint32_t **words) {
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) == napi_ok && type == napi_uint32_array &&
      length == WORDS) {
    *words = data;
    return true;
  }
  throw_argument(env, "a Uint32Array of the right length is needed");
  return false;
}

static bool keep(napi_env env, napi_value value, napi_ref *reference) {
  return check(env, napi_create_reference(env, value, 1, reference));
}

/*
 * watchBatches(socket, into, packetBytesMax, gathered, words, onPackets(count), onUnsent(sent)): `count` packets stand in `into`; 0 = end of file,
 * < 0 = -errno, -EMSGSIZE when a packet was longer than packetBytesMax. onUnsent: the peer's queue took only the first `sent` gathered
 * packets, or -errno.
 */
napi_value seqpacket_watch_batches(napi_env env, napi_callback_info info) {
  napi_value values[7];
  struct seqpacket *socket = NULL;
  struct bytes into;
  struct bytes gathered;
  size_t packet_bytes_max = 0;
  uint32_t *words = NULL;
  if (!arguments_read(env, info, 7, values) || (socket = seqpacket_of(env, values[0])) == NULL ||
      !argument_bytes(env, values[1], &into) || !argument_size(env, values[2], &packet_bytes_max) ||
      !argument_bytes(env, values[3], &gathered) || !argument_words(env, values[4], &words) ||
      !argument_function(env, values[5]) || !argument_function(env, values[6]))
    return NULL;
  if (packet_bytes_max == 0 || packet_bytes_max > into.length) return throw_argument(env, "a packet must fit the buffer");
  struct seqpacket_batch *batch = calloc(1, sizeof *batch);
  napi_ref on_packets = NULL;
  if (batch == NULL) return throw_errno(env, "batch", ENOMEM);
  batch->into = into;
  batch->packet_bytes_max = packet_bytes_max;
  batch->gathered = gathered;
  batch->words = words;
  if (!keep(env, values[1], &batch->kept[0]) || !keep(env, values[3], &batch->kept[1]) ||
      !keep(env, values[4], &batch->kept[2]) || !keep(env, values[6], &batch->on_unsent) ||
      !keep(env, values[5], &on_packets)) {
    drop_batch_references(env, batch);
    return NULL;
  }
  seqpacket_set_reader(socket, on_packets, batch);
  return seqpacket_ask_for(env, values[0], socket, UV_READABLE) ? make_undefined(env) : NULL;
}

/* flush(socket): sends what was gathered now: how many left; fewer than were there when the peer's queue is full. */
napi_value seqpacket_flush(napi_env env, napi_callback_info info) {
  napi_value values[1];
  struct seqpacket *socket = NULL;
  if (!arguments_read(env, info, 1, values) || (socket = seqpacket_of(env, values[0])) == NULL) return NULL;
  int sent = socket->batch == NULL ? 0 : send_gathered(socket);
  return sent < 0 ? throw_errno(env, "sendmmsg", -sent) : make_i32(env, sent);
}
