#!/bin/sh
# Builds the wheel: for any Linux with glibc from 2.17 on, and any Python from 3.9 on: build.sh [FOLDER [MATURIN'S ARGUMENTS...]]
# It is put into FOLDER, build/wheels without, alone.
#
# maturin, and zig, which links for such an old glibc, come from PyPI, into build/python/.
# CARGO_TARGET_DIR and RUSTFLAGS have their usual meaning.
set -eu
cd "$(dirname -- "$0")/.."
out=${1:-build/wheels}
[ $# = 0 ] || shift
tools=$PWD/build/python/tools
python/environment.sh tools maturin==1.16.0 ziglang==0.17.1
CARGO_ZIGBUILD_ZIG_PATH=$(echo "$tools"/lib/python3*/site-packages/ziglang/zig)
export CARGO_ZIGBUILD_ZIG_PATH
# Apart from all else, because it must not name the home folder of whoever builds it.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/python"
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates --remap-path-prefix=$PWD=."
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1700000000}"
rm -rf "$out"
"$tools/bin/maturin" build --locked --quiet --release --zig --compatibility manylinux2014 --manifest-path python/Cargo.toml --out "$out" "$@"
