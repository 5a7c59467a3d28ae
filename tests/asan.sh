#!/bin/sh
# Builds the plugin with AddressSanitizer, engine and host, below build/asan.
set -eu
cd "$(dirname -- "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/asan RUSTFLAGS=-Zsanitizer=address \
    cargo build --quiet --locked --profile fuzz --target "$host" -p ikewhy-ffi
version=$(pkg-config --modversion wireshark | cut -d. -f1,2)
ffi/epan/link.sh "build/asan/$version/epan/ikewhy.so" "target/asan/$host/fuzz/libikewhy_ffi.a" -O1 -g -fsanitize=address
