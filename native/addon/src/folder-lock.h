/*
 * A lock on a folder for a few system calls: who looks whether a name is free and then takes it must not be overtaken. Held by an open
 * descriptor only, so that it leaves no file behind and ends with the process. Blocks its thread up to the timeout.
 */
#ifndef SIGNALBOX_FOLDER_LOCK_H
#define SIGNALBOX_FOLDER_LOCK_H

#include "arguments.h"

bool folder_lock_register(napi_env env, napi_value exports);

#endif
