/* What the files of the pipe share and nobody else uses. */
#ifndef SIGNALBOX_WIN32_PIPE_PARTS_H
#define SIGNALBOX_WIN32_PIPE_PARTS_H

#include "win32-pipe.h"

bool operation_open(struct pipe_operation *operation);
/* The pool calls `notify` whenever the operation's event is set; a wait that was registered before ends. */
bool operation_watch(struct pipe_operation *operation, pipe_notify notify, void *context, ULONG flags);
/* Ends the pool's wait, cancels what is under way and returns when Windows has let go of its memory. */
void operation_cancel(HANDLE handle, struct pipe_operation *operation);
void operation_close(struct pipe_operation *operation);
/* A connected instance becomes a pipe of its own; NULL without memory, and the handle stays the caller's. */
struct pipe *pipe_of_instance(HANDLE handle);

#endif
