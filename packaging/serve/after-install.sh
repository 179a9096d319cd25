#!/bin/sh
# Relative, so that it also holds below another root (dpkg --root).
ln -sfn '../../opt/${sanitizedProductName}/${executable}' "$DPKG_ROOT/usr/bin/${executable}"
