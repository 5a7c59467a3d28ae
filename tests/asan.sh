#!/bin/sh
# Builds the plugin with AddressSanitizer, engine and host, below build/asan.
set -eu
cd "$(dirname -- "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/asan RUSTFLAGS=-Zsanitizer=address \
    cargo build --quiet --locked --profile fuzz --target "$host" -p ikewhy-ffi
version=$(pkg-config --modversion wireshark | cut -d. -f1,2)
mkdir -p "build/asan/$version/epan"
# shellcheck disable=SC2046
cc -O1 -g -fsanitize=address -std=gnu11 -fPIC -shared -o "build/asan/$version/epan/ikewhy.so" \
    -DIKEWHY_VERSION='"asan"' -Iffi/include $(pkg-config --cflags wireshark) ffi/epan/*.c \
    -Wl,--whole-archive "target/asan/$host/fuzz/libikewhy_ffi.a" -Wl,--no-whole-archive \
    -Wl,--version-script=ffi/epan/exports.map -Wl,--gc-sections
