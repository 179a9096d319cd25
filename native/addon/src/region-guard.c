#include "region-guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

struct guard {
  sigjmp_buf back;
  uintptr_t start;
  size_t bytes;
};

/*
 * A signal handler belongs to the process and not to an environment, so here the addon has state of its own: what was installed before,
 * and for each thread the guard it is in. The thread's word must be reachable from a handler without allocating: initial-exec.
 */
static struct sigaction before;
static bool is_installed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local __attribute__((tls_model("initial-exec"))) struct guard *volatile current;

static void hand_on(int number, siginfo_t *info, void *context) {
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != NULL) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else {
    bool is_sent = info->si_code <= 0;
    if (is_sent && before.sa_handler == SIG_IGN) return;
    signal(number, SIG_DFL); /* an access is tried again and ends the process with the right reason; a sent signal must be sent again */
    if (is_sent) raise(number);
  }
}

static void on_bus_error(int number, siginfo_t *info, void *context) {
  struct guard *guard = current;
  uintptr_t address = (uintptr_t)info->si_addr;
  /* si_code > 0: from the kernel about this very access, not sent by somebody. */
  if (guard == NULL || info->si_code <= 0 || address < guard->start || address - guard->start >= guard->bytes) {
    hand_on(number, info, context);
    return;
  }
  current = NULL;
  siglongjmp(guard->back, 1);
}

static void install(void) {
  /* The handler outlives the worker that loaded the addon: its code must stay. */
  Dl_info self;
  if (dladdr((void *)(uintptr_t)on_bus_error, &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  is_installed = sigaction(SIGBUS, &action, &before) == 0;
}

bool region_guard_install(void) {
  pthread_once(&once, install);
  return is_installed;
}

int region_guarded(const void *start, size_t bytes, int (*act)(void *data), void *data, int gone) {
  struct guard guard = {.start = (uintptr_t)start, .bytes = bytes};
  /* The handler ran with the mask it interrupted (SA_NODEFER), so there is none to restore. */
  if (sigsetjmp(guard.back, 0) != 0) return gone;
  current = &guard;
  int result = act(data);
  current = NULL;
  return result;
}
