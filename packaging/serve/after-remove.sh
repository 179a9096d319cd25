#!/bin/sh
# An upgrade removes the old version after the new one has made its link.
case "$1" in
  remove | purge) rm -f "$DPKG_ROOT/usr/bin/${executable}" ;;
esac
