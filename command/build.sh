#!/bin/sh
# Builds the command without Wireshark: build/command/ikewhy, one program that needs no library, man1/ and completions/ beside it.
#
# CARGO, CARGO_TARGET_DIR and RUSTFLAGS have their usual meaning.
set -eu
cd "$(dirname -- "$0")/.."
out=build/command
built=${CARGO_TARGET_DIR:-target}
case $(uname -s) in
Linux)
    # The C library goes in, too: what runs here runs on any Linux. musl would do as well; its memory costs half the speed.
    set -- --target "$(uname -m)-unknown-linux-gnu"
    built=$built/$2
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
    ;;
*) set -- ;;
esac
${CARGO:-cargo} build --locked --quiet --release "$@" -p ikewhy-command

built=$built/release/ikewhy
if [ -e "$out/completions" ] && [ -z "$(find "$built" -newer "$out/completions" 2>/dev/null)" ]; then exit 0; fi
rm -rf "$out"
mkdir -p "$out"
strip -o "$out/ikewhy.$$" "$built"
chmod 755 "$out/ikewhy.$$"
mv "$out/ikewhy.$$" "$out/ikewhy"
"$out/ikewhy" pages "$out"
