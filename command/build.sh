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
if [ -e "$out/ikewhy" ] && [ -z "$(find "$built" -newer "$out/ikewhy" 2>/dev/null)" ]; then exit 0; fi
# Another make may do the same: each file is put in its place whole, and the program last.
new=$out/.$$
trap 'rm -rf "$new"' EXIT
mkdir -p "$new"
strip -o "$new/ikewhy" "$built"
chmod 755 "$new/ikewhy"
"$new/ikewhy" pages "$new"
mkdir -p "$out/man1" "$out/completions"
mv -f "$new"/man1/* "$out/man1"
mv -f "$new"/completions/* "$out/completions"
mv -f "$new/ikewhy" "$out/ikewhy"
