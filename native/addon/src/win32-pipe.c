#include "win32-pipe-parts.h"

#include <stdlib.h>
#include <string.h>

/* A read that finds a longer message goes on from there, so this is no limit. */
#define FIRST_READ_BYTES 4096
#define PIPE_PREFIX "\\\\.\\pipe\\"
#define PIPE_NAME_MAX 256

bool pipe_name_is_valid(const char *name) {
  size_t length = strlen(name);
  size_t prefix = strlen(PIPE_PREFIX);
  if (length <= prefix || length > PIPE_NAME_MAX || strncmp(name, PIPE_PREFIX, prefix) != 0) return false;
  for (size_t index = prefix; index < length; index += 1)
    if (name[index] < 0x21 || name[index] > 0x7e || name[index] == '\\') return false;
  return true;
}

static int number_of(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return PIPE_ENOENT;
    case ERROR_ACCESS_DENIED:
      return PIPE_EACCES;
    case ERROR_PIPE_BUSY:
      return PIPE_EAGAIN;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
      return PIPE_ENOMEM;
    default:
      return PIPE_EIO;
  }
}

static bool is_end(DWORD error) {
  return error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA || error == ERROR_PIPE_NOT_CONNECTED;
}

bool operation_open(struct pipe_operation *operation) {
  memset(operation, 0, sizeof *operation);
  operation->overlapped.hEvent = CreateEventW(NULL, FALSE, FALSE, NULL);
  return operation->overlapped.hEvent != NULL;
}

/* Ends the pool's wait first: otherwise it could take the event that the last line waits for. */
void operation_cancel(HANDLE handle, struct pipe_operation *operation) {
  DWORD moved = 0;
  if (operation->wait != NULL) UnregisterWaitEx(operation->wait, INVALID_HANDLE_VALUE);
  operation->wait = NULL;
  if (!operation->is_pending) return;
  operation->is_pending = false;
  CancelIoEx(handle, &operation->overlapped);
  GetOverlappedResult(handle, &operation->overlapped, &moved, TRUE);
}

void operation_close(struct pipe_operation *operation) {
  if (operation->overlapped.hEvent != NULL) CloseHandle(operation->overlapped.hEvent);
  operation->overlapped.hEvent = NULL;
}

static bool is_done(const struct pipe_operation *operation) { return HasOverlappedIoCompleted(&operation->overlapped); }

static bool grow(uint8_t **memory, size_t *bytes, size_t wanted) {
  if (*bytes >= wanted) return true;
  uint8_t *larger = realloc(*memory, wanted);
  if (larger == NULL) return false;
  *memory = larger;
  *bytes = wanted;
  return true;
}

static struct pipe *pipe_make(HANDLE handle, bool is_server) {
  struct pipe *pipe = calloc(1, sizeof *pipe);
  if (pipe != NULL) {
    pipe->handle = handle;
    pipe->is_server = is_server;
    if (operation_open(&pipe->reading) && operation_open(&pipe->writing)) return pipe;
    operation_close(&pipe->reading);
  }
  free(pipe);
  return NULL;
}

struct pipe *pipe_connect(const char *name, int *error) {
  if (!pipe_name_is_valid(name)) {
    *error = -PIPE_EINVAL;
    return NULL;
  }
  /* The server may learn who we are and no more: without this flag it could act as us. */
  const DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
  HANDLE handle = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, flags, NULL);
  if (handle == INVALID_HANDLE_VALUE) {
    *error = -number_of(GetLastError());
    return NULL;
  }
  DWORD mode = PIPE_READMODE_MESSAGE;
  if (!SetNamedPipeHandleState(handle, &mode, NULL, NULL)) {
    *error = -number_of(GetLastError()); /* a pipe of bytes: no server of ours */
    CloseHandle(handle);
    return NULL;
  }
  struct pipe *pipe = pipe_make(handle, false);
  if (pipe != NULL) return pipe;
  CloseHandle(handle);
  *error = -PIPE_ENOMEM;
  return NULL;
}

/* 0 when the message before is out of the way, 1 when it is not, or what went wrong with it. */
static int collect_write(struct pipe *pipe) {
  DWORD sent = 0;
  if (!pipe->writing.is_pending) return 0;
  if (GetOverlappedResult(pipe->handle, &pipe->writing.overlapped, &sent, FALSE)) {
    pipe->writing.is_pending = false;
    return 0;
  }
  DWORD error = GetLastError();
  if (error == ERROR_IO_INCOMPLETE) return 1;
  pipe->writing.is_pending = false;
  return is_end(error) ? -PIPE_EPIPE : -number_of(error);
}

int pipe_send(struct pipe *pipe, const uint8_t *head, size_t head_bytes, const uint8_t *body, size_t body_bytes) {
  size_t bytes = head_bytes + body_bytes;
  if (bytes < head_bytes || bytes > INT32_MAX) return -PIPE_EMSGSIZE;
  int before = collect_write(pipe);
  if (before != 0) return before == 1 ? 0 : before;
  if (!grow(&pipe->outgoing, &pipe->outgoing_bytes, bytes)) return -PIPE_ENOMEM;
  if (head_bytes > 0) memcpy(pipe->outgoing, head, head_bytes);
  if (body_bytes > 0) memcpy(pipe->outgoing + head_bytes, body, body_bytes);
  BOOL done = WriteFile(pipe->handle, pipe->outgoing, (DWORD)bytes, NULL, &pipe->writing.overlapped);
  DWORD error = done ? ERROR_SUCCESS : GetLastError();
  if (done || error == ERROR_IO_PENDING) {
    pipe->writing.is_pending = true;
    return 1;
  }
  return is_end(error) ? -PIPE_EPIPE : -number_of(error);
}

bool pipe_can_send(struct pipe *pipe) { return !pipe->writing.is_pending || is_done(&pipe->writing); }

/* Begins a read when none is under way: 0, or a Windows error. A message that is there already is collected like any other. */
static DWORD begin_read(struct pipe *pipe, size_t wanted) {
  if (pipe->reading.is_pending) return 0;
  size_t bytes = wanted > FIRST_READ_BYTES ? wanted : FIRST_READ_BYTES;
  if (!grow(&pipe->incoming, &pipe->incoming_bytes, bytes)) return ERROR_OUTOFMEMORY;
  if (!ReadFile(pipe->handle, pipe->incoming, (DWORD)pipe->incoming_bytes, NULL, &pipe->reading.overlapped)) {
    DWORD error = GetLastError();
    if (error != ERROR_IO_PENDING && error != ERROR_MORE_DATA) return error;
  }
  pipe->reading.is_pending = true;
  return 0;
}

static int read_failed(DWORD error) { return is_end(error) ? 0 : -number_of(error); }

/* The rest of a message lies in the pipe; the read gets an event of its own, because the pool may wait for the usual one. */
static int read_rest(struct pipe *pipe, size_t have, uint8_t *into, size_t capacity) {
  DWORD left = 0;
  DWORD got = 0;
  if (!PeekNamedPipe(pipe->handle, NULL, 0, NULL, NULL, &left)) return read_failed(GetLastError());
  if (have > capacity || left > capacity - have) return -PIPE_EMSGSIZE;
  memcpy(into, pipe->incoming, have);
  OVERLAPPED rest = {0};
  rest.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (rest.hEvent == NULL) return -PIPE_ENOMEM;
  BOOL done = ReadFile(pipe->handle, into + have, left, NULL, &rest);
  if (done || GetLastError() == ERROR_IO_PENDING) done = GetOverlappedResult(pipe->handle, &rest, &got, TRUE);
  DWORD error = done ? ERROR_SUCCESS : GetLastError();
  CloseHandle(rest.hEvent);
  return error == ERROR_SUCCESS ? (int)(have + got) : read_failed(error);
}

int pipe_receive(struct pipe *pipe, uint8_t *into, size_t capacity) {
  DWORD got = 0;
  if (capacity > INT32_MAX) capacity = INT32_MAX;
  DWORD begun = begin_read(pipe, capacity);
  if (begun != 0) return read_failed(begun);
  BOOL done = GetOverlappedResult(pipe->handle, &pipe->reading.overlapped, &got, FALSE);
  DWORD error = done ? ERROR_SUCCESS : GetLastError();
  if (error == ERROR_IO_INCOMPLETE) return -PIPE_EAGAIN;
  pipe->reading.is_pending = false;
  if (error == ERROR_MORE_DATA) return read_rest(pipe, got, into, capacity);
  if (error != ERROR_SUCCESS) return read_failed(error);
  if (got > capacity) return -PIPE_EMSGSIZE;
  memcpy(into, pipe->incoming, got);
  return (int)got;
}

bool pipe_wait(struct pipe *pipe, bool for_writing, int32_t timeout_ms) {
  struct pipe_operation *operation = for_writing ? &pipe->writing : &pipe->reading;
  if (!for_writing && begin_read(pipe, 0) != 0) return true; /* the next receive says what is wrong */
  if (!operation->is_pending || is_done(operation)) return true;
  WaitForSingleObject(operation->overlapped.hEvent, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms);
  return is_done(operation);
}

/* What the pool's wait is for may have happened already: its event stays set until a wait takes it. */
bool operation_watch(struct pipe_operation *operation, pipe_notify notify, void *context, ULONG flags) {
  if (operation->wait != NULL) UnregisterWaitEx(operation->wait, INVALID_HANDLE_VALUE);
  operation->wait = NULL;
  return RegisterWaitForSingleObject(&operation->wait, operation->overlapped.hEvent, notify, context, INFINITE, flags) != 0;
}

bool pipe_watch(struct pipe *pipe, pipe_notify notify, void *context) {
  if (!operation_watch(&pipe->reading, notify, context, WT_EXECUTEINWAITTHREAD)) return false;
  /* A message or an end that came before has no event left: the owner looks once in any case. */
  begin_read(pipe, 0);
  notify(context, FALSE);
  return true;
}

bool pipe_watch_writing(struct pipe *pipe, pipe_notify notify, void *context) {
  if (!operation_watch(&pipe->writing, notify, context, WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE)) return false;
  if (pipe_can_send(pipe)) notify(context, FALSE);
  return true;
}

uint32_t pipe_peer_process(const struct pipe *pipe) {
  ULONG process = 0;
  BOOL known = pipe->is_server ? GetNamedPipeClientProcessId(pipe->handle, &process)
                               : GetNamedPipeServerProcessId(pipe->handle, &process);
  return known ? process : 0;
}

void pipe_close(struct pipe *pipe) {
  operation_cancel(pipe->handle, &pipe->reading);
  operation_cancel(pipe->handle, &pipe->writing);
  CloseHandle(pipe->handle);
  operation_close(&pipe->reading);
  operation_close(&pipe->writing);
  free(pipe->incoming);
  free(pipe->outgoing);
  free(pipe);
}

struct pipe *pipe_of_instance(HANDLE handle) { return pipe_make(handle, true); }
