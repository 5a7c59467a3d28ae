#!/bin/sh
# Cross-compiles everything for Linux on arm64, and runs it in an emulator: the C ABI with captures, and the native plugin in
# an arm64 tshark, which must say the same as the plugin for this machine does.
#
# Rust's libraries for arm64 come with Debian's own Rust, so with the newest Wireshark (tests/unpack.sh arm64). Where that is
# not reached, or no mount namespace can be had, it is said, and nothing is tested.
set -eu
cd "$(dirname -- "$0")/.."

if [ -z "${INSIDE:-}" ]; then
    [ "$(uname -m)" = x86_64 ] || { echo "arm64: left out, it is cross-compiled from x86-64 only" && exit 0; }
    tests/unpack.sh arm64 || { echo "arm64: left out" && exit 0; }
    # Crates are fetched by this machine's cargo.
    ${CARGO:-cargo} fetch --locked --quiet
    INSIDE=1 IKEWHY_WIRESHARK=arm64 tests/inside.sh "$0"
    exec "$0" compare
fi
