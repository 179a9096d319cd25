/* Where SEQPACKET sockets and futexes do not exist the addon loads and offers nothing; the loader says so. */
#include <node_api.h>

NAPI_MODULE_INIT() {
  (void)env;
  return exports;
}
