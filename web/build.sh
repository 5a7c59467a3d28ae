#!/bin/sh
# Builds the page: build/web/ikewhy.html, one file that needs nothing else.
#
# The engine in it is compiled for WebAssembly. Where this machine's Rust has no library for that (`rustup target add
# wasm32-unknown-unknown` brings it), Debian's newest Rust does it, from a tree of its own (tests/unpack.sh wasm).
# CARGO, CARGO_TARGET_DIR and RUSTFLAGS have their usual meaning.
set -eu
cd "$(dirname -- "$0")/.."
cargo=${CARGO:-cargo} built=${CARGO_TARGET_DIR:-target} target=wasm32-unknown-unknown

# The page ends with a fault as with a panic, so nothing is unwound; 2 GiB are more than a browser tab should have.
set -- env RUSTFLAGS="${RUSTFLAGS:-} -C link-arg=--max-memory=2147483648" CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_STRIP=true CARGO_PROFILE_RELEASE_OPT_LEVEL=s
if [ -d "$("${RUSTC:-rustc}" --print target-libdir --target "$target")" ]; then
    set -- "$@" "$cargo"
else
    "$cargo" fetch --locked --quiet
    tests/unpack.sh wasm
    host=$(uname -m | tr '[:lower:]' '[:upper:]')
    set -- "$@" "CARGO_TARGET_${host}_UNKNOWN_LINUX_GNU_LINKER=gcc" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld CARGO_NET_OFFLINE=true
    set -- "$@" PATH=/usr/bin RUSTC=/usr/bin/rustc CARGO_TARGET_DIR="$built/wasm" /usr/bin/cargo
    set -- tests/inside.sh "$PWD/build/wireshark/wasm/usr" "$@"
    engine=$built/wasm/$target/release/ikewhy_web.wasm
fi
"$@" build --locked --quiet --release --target "$target" -p ikewhy-web --lib

mkdir -p build/web
"$cargo" run --locked --quiet -p ikewhy-web --bin assemble -- "${engine:-$built/$target/release/ikewhy_web.wasm}" "build/web/.$$.html"
mv -f "build/web/.$$.html" build/web/ikewhy.html
