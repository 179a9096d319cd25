#include "win32-socket.h"

NAPI_MODULE_INIT() { return win32_socket_register(env, exports) ? exports : NULL; }
