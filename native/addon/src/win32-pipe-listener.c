/* The server's end: several instances of one name wait for clients, so that two that come together are both served. */
#include <stdlib.h>
#include <string.h>

#include "win32-pipe-parts.h"

/*
 * One entry: the user of this process may do everything, nobody else anything. The default would let everyone read, and services and
 * administrators write.
 */
struct access {
  SECURITY_ATTRIBUTES attributes;
  SECURITY_DESCRIPTOR descriptor;
  ACL *list;
  TOKEN_USER *user;
};

static void access_free(struct access *access) {
  free(access->list);
  free(access->user);
}

static TOKEN_USER *own_user(void) {
  HANDLE token = NULL;
  DWORD bytes = 0;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return NULL;
  GetTokenInformation(token, TokenUser, NULL, 0, &bytes);
  TOKEN_USER *user = bytes == 0 ? NULL : malloc(bytes);
  if (user != NULL && !GetTokenInformation(token, TokenUser, user, bytes, &bytes)) {
    free(user);
    user = NULL;
  }
  CloseHandle(token);
  return user;
}

static bool access_make(struct access *access) {
  memset(access, 0, sizeof *access);
  access->user = own_user();
  if (access->user == NULL) return false;
  DWORD bytes = (DWORD)(sizeof(ACL) + sizeof(ACCESS_ALLOWED_ACE)) + GetLengthSid(access->user->User.Sid);
  access->list = malloc(bytes);
  if (access->list != NULL && InitializeAcl(access->list, bytes, ACL_REVISION) &&
      AddAccessAllowedAce(access->list, ACL_REVISION, FILE_ALL_ACCESS, access->user->User.Sid) &&
      InitializeSecurityDescriptor(&access->descriptor, SECURITY_DESCRIPTOR_REVISION) &&
      SetSecurityDescriptorDacl(&access->descriptor, TRUE, access->list, FALSE)) {
    access->attributes.nLength = sizeof access->attributes;
    access->attributes.lpSecurityDescriptor = &access->descriptor;
    return true;
  }
  access_free(access);
  return false;
}

static HANDLE open_instance(const char *name, bool is_first) {
  struct access access;
  if (!access_make(&access)) return INVALID_HANDLE_VALUE;
  DWORD open = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (is_first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0);
  DWORD mode = PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS;
  HANDLE handle = CreateNamedPipeA(name, open, mode, PIPE_UNLIMITED_INSTANCES, PIPE_BUFFER_BYTES, PIPE_BUFFER_BYTES, 0,
                                   &access.attributes);
  access_free(&access);
  return handle;
}

/* Waits for a client without blocking. False when the instance can take none. */
static bool begin_connect(struct pipe_instance *instance) {
  instance->is_connected = false;
  for (;;) {
    if (ConnectNamedPipe(instance->handle, &instance->connecting.overlapped)) break;
    DWORD error = GetLastError();
    if (error == ERROR_IO_PENDING) break;
    if (error == ERROR_PIPE_CONNECTED) { /* it came before we asked: no event tells of it */
      instance->is_connected = true;
      SetEvent(instance->connecting.overlapped.hEvent);
      return true;
    }
    /* It came and left again: the instance must be freed of it first. */
    if (error != ERROR_NO_DATA || !DisconnectNamedPipe(instance->handle)) return false;
  }
  instance->connecting.is_pending = true;
  return true;
}

static bool has_client(struct pipe_instance *instance) {
  DWORD moved = 0;
  if (instance->is_connected) return true;
  if (!instance->connecting.is_pending) { /* it could not wait the last time: out of memory, most likely */
    DisconnectNamedPipe(instance->handle);
    begin_connect(instance);
    return instance->is_connected;
  }
  if (GetOverlappedResult(instance->handle, &instance->connecting.overlapped, &moved, FALSE)) {
    instance->connecting.is_pending = false;
    instance->is_connected = true;
    return true;
  }
  if (GetLastError() == ERROR_IO_INCOMPLETE) return false;
  instance->connecting.is_pending = false; /* it left while it came */
  DisconnectNamedPipe(instance->handle);
  begin_connect(instance);
  return instance->is_connected;
}

struct pipe_listener *pipe_listen(const char *name, int *error) {
  *error = -PIPE_ENOMEM;
  if (!pipe_name_is_valid(name)) {
    *error = -PIPE_EINVAL;
    return NULL;
  }
  struct pipe_listener *listener = calloc(1, sizeof *listener);
  if (listener == NULL) return NULL;
  for (size_t index = 0; index < PIPE_INSTANCES_WAITING; index += 1) listener->waiting[index].handle = INVALID_HANDLE_VALUE;
  listener->name = _strdup(name);
  for (size_t index = 0; listener->name != NULL && index < PIPE_INSTANCES_WAITING; index += 1) {
    struct pipe_instance *instance = &listener->waiting[index];
    instance->handle = open_instance(name, index == 0);
    if (instance->handle == INVALID_HANDLE_VALUE) {
      DWORD refused = GetLastError();
      *error = index == 0 && (refused == ERROR_ACCESS_DENIED || refused == ERROR_PIPE_BUSY) ? -PIPE_EADDRINUSE : -PIPE_EIO;
      break;
    }
    if (!operation_open(&instance->connecting) || !begin_connect(instance)) break;
    if (index == PIPE_INSTANCES_WAITING - 1) return listener;
  }
  pipe_listener_close(listener);
  return NULL;
}

/* The instance goes to its session and another takes its place; when none can be had the client is sent away and the place stays. */
static struct pipe *hand_over(struct pipe_listener *listener, struct pipe_instance *instance, int *error) {
  HANDLE fresh = open_instance(listener->name, false);
  struct pipe *pipe = fresh == INVALID_HANDLE_VALUE ? NULL : pipe_of_instance(instance->handle);
  if (pipe != NULL) {
    instance->handle = fresh;
    begin_connect(instance);
    return pipe;
  }
  if (fresh != INVALID_HANDLE_VALUE) CloseHandle(fresh);
  DisconnectNamedPipe(instance->handle);
  begin_connect(instance);
  *error = -PIPE_ENOMEM;
  return NULL;
}

struct pipe *pipe_accept(struct pipe_listener *listener, int *error) {
  *error = -PIPE_EAGAIN;
  for (size_t index = 0; index < PIPE_INSTANCES_WAITING; index += 1) {
    struct pipe_instance *instance = &listener->waiting[index];
    if (has_client(instance)) return hand_over(listener, instance, error);
  }
  return NULL;
}

bool pipe_listener_watch(struct pipe_listener *listener, pipe_notify notify, void *context) {
  for (size_t index = 0; index < PIPE_INSTANCES_WAITING; index += 1)
    if (!operation_watch(&listener->waiting[index].connecting, notify, context, WT_EXECUTEINWAITTHREAD)) return false;
  notify(context, FALSE);
  return true;
}

void pipe_listener_close(struct pipe_listener *listener) {
  for (size_t index = 0; index < PIPE_INSTANCES_WAITING; index += 1) {
    struct pipe_instance *instance = &listener->waiting[index];
    if (instance->handle == INVALID_HANDLE_VALUE) continue;
    operation_cancel(instance->handle, &instance->connecting);
    CloseHandle(instance->handle);
    operation_close(&instance->connecting);
  }
  free(listener->name);
  free(listener);
}
