#!/bin/sh
# Cross-compiles everything for Linux on arm64, and runs it there by an emulator: both editions, in a tshark for arm64, must say
# of a few captures what the native plugin says here.
#
# Debian has Rust's libraries for arm64, its newest Wireshark and the compilers in one tree (tests/unpack.sh arm64). Where that
# is not reached, it is said, and nothing is tested.
set -eu
cd "$(dirname -- "$0")/.."

[ "$(uname -m)" = x86_64 ] || { echo "arm64: left out, it is cross-compiled on x86-64 only" && exit 0; }
tests/unpack.sh arm64 || { echo "arm64: left out" && exit 0; }
tree=$PWD/build/wireshark/arm64/usr
inside="$PWD/tests/inside.sh $tree"
out=$PWD/build/arm64
$inside /usr/bin/true || { echo "arm64: left out" && exit 0; }

# Crates are fetched by this machine's cargo; optimised code would take longer to make than it saves.
${CARGO:-cargo} fetch --locked --quiet
target=target/arm64/aarch64-unknown-linux-gnu
$inside env PATH=/usr/bin CARGO_TARGET_DIR=target/arm64 RUSTC=/usr/bin/rustc \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    /usr/bin/cargo build --locked --offline --quiet --release --target aarch64-unknown-linux-gnu -p ikewhy-ffi

export PKG_CONFIG_LIBDIR="$tree/lib/aarch64-linux-gnu/pkgconfig:$tree/share/pkgconfig"
version=$(pkg-config --modversion wireshark | cut -d. -f1,2)
CC="$inside aarch64-linux-gnu-gcc" ffi/epan/link.sh "$out/$version/epan/ikewhy.so" "$PWD/$target/release/libikewhy_ffi.a" -O2
mkdir -p "$out/lua"
cp lua/ikewhy.lua "$out/lua/"
cp "$target/release/libikewhy_ffi.so" "$out/lua/ikewhy-engine.so"

arm64() { # PLUGINS TSHARK'S ARGUMENTS...
    plugins=$1
    shift
    IKEWHY_WIRESHARK=arm64 tests/user.sh env WIRESHARK_PLUGIN_DIR="$plugins" qemu-aarch64 /usr/bin/tshark "$@"
}
verdicts="-2 -Y ikewhy.verdict -T fields -e frame.number -e ikewhy.verdict -e ikewhy.verdict.summary -e ikewhy.verdict.explanation"
for case in ikev1-psk-differs-strongswan ikev2-ike-dh-differs-libreswan ikev2-psk-up-libreswan; do
    capture=captures/$case/client.pcap
    here=$(tests/user.sh tshark -q -r "$capture" -z ikewhy,report)
    there=$(arm64 "$out" -q -r "$capture" -z ikewhy,report)
    [ "$here" = "$there" ] || { echo "arm64: FAILED: another report on $capture: $there" >&2 && exit 1; }
    # shellcheck disable=SC2086
    here=$(tests/user.sh tshark -r "$capture" $verdicts)
    # shellcheck disable=SC2086
    there=$(arm64 "$out/lua" -r "$capture" $verdicts)
    [ -n "$here" ] && [ "$here" = "$there" ] || { echo "arm64: FAILED: the Lua edition on $capture: $there" >&2 && exit 1; }
done
file=$(head -c 20 "$out/$version/epan/ikewhy.so" | od -An -tx1 -j18 -N1)
[ "$file" = " b7" ] || { echo "arm64: FAILED: the plugin is for another machine" >&2 && exit 1; }
echo "arm64: both editions cross-compile, and say in Wireshark $version for arm64 what they say here"
