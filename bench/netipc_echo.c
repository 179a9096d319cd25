/* The plain C beside which the netipc bench stands: the same packets over SEQPACKET, and messages in a shared region with futexes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static int socket_at(const char *path, int listening) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  struct sockaddr *any = (struct sockaddr *)&address;
  if (listening ? bind(fd, any, sizeof address) != 0 || listen(fd, 4) != 0 : connect(fd, any, sizeof address) != 0) exit(2);
  return fd;
}

/* Answers a HELLO with an ACK (64 KiB everywhere), a request with the response that adds one to its number, anything else as it came. */
static size_t answer(uint8_t *packet, size_t length, int frames) {
  if (!frames || length < 40) return length;
  if (packet[8] == 3) {
    static const uint32_t ack[12] = {1, 1, 1, 1, 65536, 1, 65536, 1, 65536, 0, 1, 0};
    packet[12] = 2; /* HELLO_ACK */
    memset(packet + 16, 0, 16);
    packet[16] = 48;
    packet[20] = 1;
    memcpy(packet + 32, ack, 48);
    return 80;
  }
  uint64_t value;
  memcpy(&value, packet + 32, 8);
  value += 1;
  packet[8] = 2;
  memcpy(packet + 32, &value, 8);
  return 40;
}

static void serve(const char *path, int frames) {
  int listener = socket_at(path, 1);
  uint8_t packet[65536];
  puts("ready");
  fflush(stdout);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    for (ssize_t length; (length = recv(fd, packet, sizeof packet, 0)) > 0;)
      if (send(fd, packet, answer(packet, (size_t)length, frames), MSG_NOSIGNAL) < 0) break;
    close(fd);
  }
}

static void call(const char *path, long count, size_t bytes) {
  int fd = socket_at(path, 0);
  uint8_t packet[65536] = {1};
  double start = now_s();
  for (long turn = 0; turn < count; turn += 1)
    if (send(fd, packet, bytes, 0) < 0 || recv(fd, packet, sizeof packet, 0) <= 0) exit(3);
  printf("%f\n", count / (now_s() - start));
}

struct side { uint8_t *area; _Atomic uint64_t *sequence; _Atomic uint32_t *length, *signal; };

static uint8_t *map_of(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  if (fd < 0 || ftruncate(fd, 832) != 0) exit(4);
  return mmap(NULL, 832, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static struct side side_of(uint8_t *map, int request) {
  return (struct side){map + (request ? 64 : 320), (void *)(map + (request ? 32 : 40)), (void *)(map + (request ? 48 : 52)),
                       (void *)(map + (request ? 56 : 60))};
}

static void put(struct side *side, const uint8_t *from, uint32_t bytes) {
  memcpy(side->area, from, bytes);
  atomic_store(side->length, bytes);
  atomic_fetch_add(side->sequence, 1);
  atomic_fetch_add(side->signal, 1);
  syscall(SYS_futex, side->signal, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static uint32_t take(struct side *side, uint64_t expected, uint8_t *into, long spin) {
  for (long turn = 0; turn < spin && atomic_load(side->sequence) < expected; turn += 1) __builtin_ia32_pause();
  for (;;) {
    uint32_t seen = atomic_load(side->signal);
    if (atomic_load(side->sequence) >= expected) break;
    syscall(SYS_futex, side->signal, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
  uint32_t bytes = atomic_load(side->length);
  memcpy(into, side->area, bytes);
  return bytes;
}

int main(int count, char **words) {
  if (count < 3) return 1;
  long turns = count > 3 ? atol(words[3]) : 0, extra = count > 4 ? atol(words[4]) : 0;
  uint8_t message[256] = {1};
  if (strcmp(words[1], "echo") == 0) serve(words[2], 0);
  if (strcmp(words[1], "frames") == 0) serve(words[2], 1);
  if (strcmp(words[1], "call") == 0) call(words[2], turns, (size_t)extra);
  if (strncmp(words[1], "region", 6) != 0) return 0;
  uint8_t *map = map_of(words[2]);
  struct side request = side_of(map, 1), response = side_of(map, 0);
  if (strcmp(words[1], "region-echo") == 0) { /* third word: spin */
    uint64_t next = atomic_load(request.sequence) + 1;
    puts("ready");
    fflush(stdout);
    for (;; next += 1) put(&response, message, take(&request, next, message, turns));
  }
  uint64_t base = atomic_load(response.sequence);
  double start = now_s();
  for (long turn = 1; turn <= turns; turn += 1) {
    put(&request, message, 64);
    take(&response, base + (uint64_t)turn, message, extra);
  }
  printf("%f\n", turns / (now_s() - start));
  return 0;
}
