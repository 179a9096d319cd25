/* The one background thread. */
#ifndef NOTIFY_WORKER_H
#define NOTIFY_WORKER_H

#include <stdbool.h>

#include "delivery.h"

/* Once, when the library is loaded: remembers on which processors a thread of this process may run. */
void worker_remember_processors(void);
/* Starts the thread with all signals blocked. False when there is none to be had; may be tried again. The
 * thread runs until the process ends and uses `delivery` alone. */
bool worker_start(struct delivery *delivery);

#endif
