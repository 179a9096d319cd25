/*
 * Drives the named pipes of the addon without Node: two ends in one process, real pipes. Prints one line for each thing that held and
 * ends with the number of those that did not. Built and run by windows.test.ts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../addon/src/win32-pipe.h"

static int failures = 0;
static volatile LONG notified = 0;

static void expect(bool holds, const char *what) {
  printf("%s %s\n", holds ? "ok" : "FAILED", what);
  if (!holds) failures += 1;
}

static void CALLBACK on_notify(void *context, BOOLEAN is_timeout) {
  (void)is_timeout;
  InterlockedIncrement((volatile LONG *)context);
}

static bool wait_until(volatile LONG *counter, LONG wanted) {
  for (int turn = 0; turn < 500 && *counter < wanted; turn += 1) Sleep(10);
  return *counter >= wanted;
}

struct ends {
  struct pipe_listener *listener;
  struct pipe *client;
  struct pipe *server;
};

static struct pipe *accept_one(struct pipe_listener *listener) {
  int error = 0;
  for (int turn = 0; turn < 500; turn += 1) {
    struct pipe *pipe = pipe_accept(listener, &error);
    if (pipe != NULL) return pipe;
    Sleep(10);
  }
  return NULL;
}

static struct ends open_ends(const char *name) {
  int error = 0;
  struct ends ends = {0};
  ends.listener = pipe_listen(name, &error);
  if (ends.listener != NULL) ends.client = pipe_connect(name, &error);
  if (ends.client != NULL) ends.server = accept_one(ends.listener);
  if (ends.server != NULL) return ends;
  printf("FAILED no pair of pipes (%d)\n", error);
  exit(1);
}

static void close_ends(struct ends *ends) {
  if (ends->client != NULL) pipe_close(ends->client);
  if (ends->server != NULL) pipe_close(ends->server);
  if (ends->listener != NULL) pipe_listener_close(ends->listener);
}

static int receive_within(struct pipe *pipe, uint8_t *into, size_t capacity) {
  for (int turn = 0; turn < 500; turn += 1) {
    int length = pipe_receive(pipe, into, capacity);
    if (length != -PIPE_EAGAIN) return length;
    Sleep(10);
  }
  return -PIPE_EAGAIN;
}

/* Wine before 9 does not know the flag that makes a second server fail; then only Windows can answer. */
static bool knows_first_instance(const char *name) {
  const DWORD open = PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE;
  HANDLE first = CreateNamedPipeA(name, open, PIPE_TYPE_MESSAGE, PIPE_UNLIMITED_INSTANCES, 512, 512, 0, NULL);
  HANDLE second = CreateNamedPipeA(name, open, PIPE_TYPE_MESSAGE, PIPE_UNLIMITED_INSTANCES, 512, 512, 0, NULL);
  bool knows = first != INVALID_HANDLE_VALUE && second == INVALID_HANDLE_VALUE;
  if (second != INVALID_HANDLE_VALUE) CloseHandle(second);
  if (first != INVALID_HANDLE_VALUE) CloseHandle(first);
  return knows;
}

static void names(const char *name) {
  int error = 0;
  bool is_first_kept = knows_first_instance(name);
  expect(!pipe_name_is_valid("C:\\file"), "a file is no pipe name");
  expect(!pipe_name_is_valid("\\\\host\\pipe\\x"), "another machine's pipe is refused");
  expect(!pipe_name_is_valid("\\\\.\\pipe\\"), "an empty name is refused");
  expect(!pipe_name_is_valid("\\\\.\\pipe\\a\\b"), "a name with a folder is refused");
  expect(pipe_connect(name, &error) == NULL && error == -PIPE_ENOENT, "nobody listens: ENOENT");
  struct pipe_listener *listener = pipe_listen(name, &error);
  expect(listener != NULL, "listens");
  if (is_first_kept)
    expect(pipe_listen(name, &error) == NULL && error == -PIPE_EADDRINUSE, "a second server: EADDRINUSE");
  else printf("left out: this system lets a second server take a name\n");
  expect(pipe_accept(listener, &error) == NULL && error == -PIPE_EAGAIN, "nobody waits: EAGAIN");
  pipe_listener_close(listener);
  expect(pipe_connect(name, &error) == NULL && error == -PIPE_ENOENT, "closed: ENOENT again");
}

static void messages(const char *name) {
  uint8_t into[65536];
  static uint8_t large[60000];
  struct ends ends = open_ends(name);
  expect(pipe_peer_process(ends.server) == GetCurrentProcessId(), "the server knows the client's process");
  expect(pipe_peer_process(ends.client) == GetCurrentProcessId(), "the client knows the server's process");
  expect(pipe_receive(ends.server, into, sizeof into) == -PIPE_EAGAIN, "nothing is there: EAGAIN");
  expect(pipe_send(ends.client, (const uint8_t *)"ab", 2, (const uint8_t *)"c", 1) == 1, "head and body are sent");
  expect(receive_within(ends.server, into, sizeof into) == 3 && memcmp(into, "abc", 3) == 0, "and come as one message");
  int sent = 0;
  for (uint8_t index = 1; index <= 3; index += 1) sent += pipe_send(ends.client, &index, 1, into, index);
  expect(sent == 3, "three messages are taken");
  for (int index = 1; index <= 3; index += 1)
    expect(receive_within(ends.server, into, sizeof into) == index + 1 && into[0] == index, "each keeps its border");
  for (size_t index = 0; index < sizeof large; index += 1) large[index] = (uint8_t)(index * 7);
  expect(pipe_send(ends.server, large, sizeof large, NULL, 0) == 1, "a message longer than the first read is sent");
  expect(pipe_receive(ends.client, into, 128) == -PIPE_EMSGSIZE || pipe_receive(ends.client, into, 128) == -PIPE_EMSGSIZE,
         "a buffer too short: EMSGSIZE, nothing is cut");
  close_ends(&ends);
  ends = open_ends(name);
  expect(pipe_receive(ends.client, into, 128) == -PIPE_EAGAIN, "a short read is under way");
  pipe_send(ends.server, large, sizeof large, NULL, 0);
  expect(receive_within(ends.client, into, sizeof into) == (int)sizeof large && memcmp(into, large, sizeof large) == 0,
         "and the message comes whole into a larger buffer");
  close_ends(&ends);
}

static void flow(const char *name) {
  static uint8_t packet[50000];
  static uint8_t into[65536];
  struct ends ends = open_ends(name);
  int taken = 0;
  int result = 1;
  while (taken < 1000 && (result = pipe_send(ends.client, packet, sizeof packet, NULL, 0)) == 1) taken += 1;
  expect(result == 0 && taken > 0 && taken < 1000, "a peer that does not read: the pipe is full");
  expect(!pipe_can_send(ends.client), "and says so");
  notified = 0;
  expect(pipe_watch_writing(ends.client, on_notify, (void *)&notified), "asked to be told");
  int got = 0;
  while (receive_within(ends.server, into, sizeof into) == (int)sizeof packet && ++got < taken) continue;
  expect(got == taken, "every message that was taken comes");
  expect(wait_until(&notified, 1) && pipe_can_send(ends.client), "told once there is room");
  expect(pipe_send(ends.client, packet, 10, NULL, 0) == 1, "and a message is taken again");
  close_ends(&ends);
}

static void waits(const char *name) {
  uint8_t into[256];
  struct ends ends = open_ends(name);
  expect(!pipe_wait(ends.server, false, 20), "nothing comes in 20 ms");
  expect(pipe_wait(ends.server, true, 0), "there is room to write");
  pipe_send(ends.client, (const uint8_t *)"x", 1, NULL, 0);
  expect(pipe_wait(ends.server, false, 5000) && pipe_wait(ends.server, false, 5000), "ready, and ready still");
  expect(pipe_receive(ends.server, into, sizeof into) == 1, "the message is there");
  notified = 0;
  expect(pipe_watch(ends.server, on_notify, (void *)&notified), "watched");
  for (LONG count = 2; count <= 20; count += 1) {
    pipe_send(ends.client, (const uint8_t *)"y", 1, NULL, 0);
    if (!wait_until(&notified, count) || receive_within(ends.server, into, sizeof into) != 1) break;
    pipe_receive(ends.server, into, sizeof into); /* finds nothing and leaves a read under way */
  }
  expect(notified >= 20, "told of every message");
  close_ends(&ends);
}

static void endings(const char *name) {
  uint8_t into[256];
  int error = 0;
  struct ends ends = open_ends(name);
  pipe_send(ends.client, (const uint8_t *)"last", 4, NULL, 0);
  pipe_close(ends.client);
  ends.client = NULL;
  expect(receive_within(ends.server, into, sizeof into) == 4, "what was sent before the end comes");
  expect(receive_within(ends.server, into, sizeof into) == 0, "then end of file");
  expect(receive_within(ends.server, into, sizeof into) == 0, "and again");
  expect(pipe_send(ends.server, into, 4, NULL, 0) == -PIPE_EPIPE, "sending to nobody: EPIPE");
  close_ends(&ends);
  ends = open_ends(name);
  pipe_send(ends.server, (const uint8_t *)"last", 4, NULL, 0);
  pipe_close(ends.server);
  ends.server = NULL;
  expect(receive_within(ends.client, into, sizeof into) == 4, "the server's last message survives its close");
  expect(receive_within(ends.client, into, sizeof into) == 0, "then end of file");
  struct pipe *hasty = pipe_connect(name, &error);
  if (hasty != NULL) pipe_close(hasty);
  struct pipe *next = pipe_connect(name, &error);
  expect(next != NULL, "a client that left at once keeps nobody out");
  if (next != NULL) pipe_close(next);
  close_ends(&ends);
}

static void many(const char *name) {
  struct pipe *clients[20];
  struct pipe *servers[20];
  int error = 0;
  int open = 0;
  DWORD before = 0;
  DWORD after = 0;
  struct pipe_listener *listener = pipe_listen(name, &error);
  notified = 0;
  expect(pipe_listener_watch(listener, on_notify, (void *)&notified), "the door is watched");
  for (; open < 20; open += 1) {
    clients[open] = pipe_connect(name, &error);
    if (clients[open] == NULL || (servers[open] = accept_one(listener)) == NULL) break;
  }
  expect(open == 20 && notified >= 20, "twenty clients at once, each announced");
  uint8_t number = 0;
  for (int index = 0; index < open; index += 1) pipe_send(clients[index], (number = (uint8_t)index, &number), 1, NULL, 0);
  bool apart = true;
  for (int index = 0; index < open; index += 1) apart = receive_within(servers[index], &number, 1) == 1 && number == index && apart;
  expect(apart, "and nobody gets another's message");
  for (int index = 0; index < open; index += 1) {
    pipe_close(clients[index]);
    pipe_close(servers[index]);
  }
  pipe_listener_close(listener);
  for (int round = 0; round < 200; round += 1) {
    if (round == 100) GetProcessHandleCount(GetCurrentProcess(), &before);
    struct ends ends = open_ends(name);
    pipe_watch(ends.server, on_notify, (void *)&notified);
    pipe_receive(ends.client, &number, 1);
    close_ends(&ends);
  }
  GetProcessHandleCount(GetCurrentProcess(), &after);
  expect(after <= before + 4, "a hundred rounds leave no handle behind");
}

int main(void) {
  char name[128];
  snprintf(name, sizeof name, "\\\\.\\pipe\\netipc-test-%lu", (unsigned long)GetCurrentProcessId());
  setvbuf(stdout, NULL, _IONBF, 0);
  names(name);
  messages(name);
  flow(name);
  waits(name);
  endings(name);
  many(name);
  printf("%d failed\n", failures);
  return failures;
}
