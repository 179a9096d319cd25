#include "arguments.h"
#include "folder-lock.h"
#include "region.h"
#include "seqpacket.h"
#include "tcp-door.h"

NAPI_MODULE_INIT() {
  if (!seqpacket_register(env, exports) || !region_register(env, exports) || !folder_lock_register(env, exports) ||
      !tcp_door_register(env, exports))
    return NULL;
  return exports;
}
