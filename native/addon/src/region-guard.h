/*
 * Access to a mapped file that its other owner may cut short at any moment: the kernel then answers with SIGBUS instead of bytes, which would
 * end the process. What runs guarded comes back with REGION_GONE instead.
 */
#ifndef SIGNALBOX_REGION_GUARD_H
#define SIGNALBOX_REGION_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Once per process, before the first mapping: the handler that knows guarded threads. A fault anywhere else goes to the handler that was
 * there before, or ends the process as it would have. False when the kernel refuses.
 */
bool region_guard_install(void);

/*
 * act(data), on this thread, with faults in [start, start + bytes) turned into the result `gone`. `act` must hold nothing that a jump out of it
 * would leak (no lock, no allocation, no call into Node-API), and does not nest.
 */
int region_guarded(const void *start, size_t bytes, int (*act)(void *data), void *data, int gone);

#endif
