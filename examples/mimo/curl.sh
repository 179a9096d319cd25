#!/bin/sh
# One event without any library: a POST that the console answers 204 once the event is on disk.
# curl.sh [endpoint]
exec curl --silent --show-error --fail --request POST "${1:-http://127.0.0.1:9988/mimo/events}" \
  --header 'Content-Type: application/json' \
  --data '{"event":"bdev_ready","payload":{"name":"example-curl"},"timestamp":1763541234}'
