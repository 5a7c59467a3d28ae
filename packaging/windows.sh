#!/bin/sh
# Cross-compiles for Windows on x86-64 and makes the installer: build/windows/
#
#   lua/ikewhy.lua, lua/ikewhy-engine.dll      the Lua edition
#   ikewhy.exe                                 the command, with README.txt and the licences beside it
#   ikewhy-V-windows-x86_64-setup.exe          installs both and the profile, for one user (packaging/windows.nsi)
#
# Compilers come from a tree of Debian's (tests/unpack.sh windows). Debian has Rust's own library for Windows as sources only, so that is
# compiled, too (build-std), which Cargo calls unstable.
#
# windows.sh test RUNNER runs the unit tests instead, each by RUNNER PROGRAM: tests/windows.sh has one.
set -eu
cd "$(dirname -- "$0")/.."
out=build/windows

[ "$(uname -m)" = x86_64 ] || { echo "Windows: cross-compiled on x86-64 only" >&2 && exit 1; }
tests/unpack.sh windows
tree=$PWD/build/wireshark/windows/usr
inside="$PWD/tests/inside.sh $tree"
std=$(echo "$tree"/src/rustc-*/library)
cargo=${CARGO_HOME:-$HOME/.cargo}

# Crates are fetched by this machine's cargo, those of Rust's library as well.
${CARGO:-cargo} fetch --locked --quiet
RUSTC_BOOTSTRAP=1 ${CARGO:-cargo} fetch --locked --quiet --manifest-path "$std/Cargo.toml"

target=${CARGO_TARGET_DIR:-target}/windows
compile() { # CARGO'S ARGUMENTS...
    $inside env PATH=/usr/bin CARGO_TARGET_DIR="$target" CARGO_HOME="$cargo" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
        CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-win32 \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="--remap-path-prefix=$cargo/registry/src=crates -Clink-arg=-Wl,--no-insert-timestamp" \
        CARGO_PROFILE_RELEASE_STRIP=symbols \
        /usr/bin/cargo "$@" --locked --offline --quiet --target x86_64-pc-windows-gnu
}

if [ "${1:-}" = test ]; then
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$2"
    compile test -Zbuild-std=std,panic_unwind,test -p ikewhy -p ikewhy-sources -p ikewhy-ffi -p ikewhy-command --tests
    exit
fi
compile build --release -Zbuild-std=std,panic_unwind -p ikewhy-ffi -p ikewhy-command

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
built=$target/x86_64-pc-windows-gnu/release
rm -rf "$out"
mkdir -p "$out/lua"
install -m 644 lua/ikewhy.lua "$out/lua/ikewhy.lua"
install -m 644 "$built/ikewhy_ffi.dll" "$out/lua/ikewhy-engine.dll"
install -m 755 "$built/ikewhy.exe" "$out/ikewhy.exe"
# As Windows writes lines, for editors that know no other.
for text in packaging/windows.txt:README lua/COPYING:COPYING LICENSE-MIT:LICENSE-MIT LICENSE-APACHE:LICENSE-APACHE; do
    sed 's/$/\r/' "${text%%:*}" >"$out/${text#*:}.txt"
done
# Times of files are in the installer.
find "$out" lua/profile -exec touch -d @"${SOURCE_DATE_EPOCH:-1700000000}" {} +
$inside makensis -V2 -NOCD "-DVERSION=$version" "-DFROM=$out" packaging/windows.nsi
(cd "$out" && sha256sum ./*.exe lua/* >SHA256SUMS)
ls -l "$out" "$out/lua"
