#!/bin/sh
# Builds both editions for the installed Wireshark and for VERSIONS (all of packaging/wireshark.tsv), and packs what is handed to others.
#
# They are built apart from all else, because they must not name the home folder of whoever builds them: the same bytes everywhere.
set -eu
cd "$(dirname -- "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/package"
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates"

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
installed=$(pkg-config --modversion wireshark | cut -d. -f1,2)
ffi/build.sh native
ffi/build.sh lua
command/build.sh
pairs=$installed=/usr
for other in ${VERSIONS-$(sed -n 's/^\([0-9.]*\)\t.*/\1/p' packaging/wireshark.tsv)}; do
    [ "$other" != "$installed" ] || continue
    if tests/unpack.sh "$other" && IKEWHY_WIRESHARK=$other ffi/build.sh native; then
        pairs="$pairs $other=$PWD/build/wireshark/$other/usr"
    else
        echo "left out: Wireshark $other" >&2
    fi
done
# shellcheck disable=SC2086
packaging/package.sh "$version" $pairs
