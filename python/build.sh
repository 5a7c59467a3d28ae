#!/bin/sh
# Builds the wheel into build/wheels/: for any Linux with glibc from 2.17 on, and any Python from 3.9 on: build.sh [MATURIN'S ARGUMENTS...]
#
# maturin, and zig, which links for such an old glibc, come from PyPI, into build/python/.
# CARGO_TARGET_DIR and RUSTFLAGS have their usual meaning.
set -eu
cd "$(dirname -- "$0")/.."
python/environment.sh tools maturin==1.16.0 ziglang==0.17.1
export PATH="$PWD/build/python/tools/bin:$PATH"
# Apart from all else, because it must not name the home folder of whoever builds it.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/python"
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates --remap-path-prefix=$PWD=."
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1700000000}"
rm -rf build/wheels
maturin build --locked --quiet --release --zig --compatibility manylinux2014 --manifest-path python/Cargo.toml --out build/wheels "$@"
