#!/bin/sh
# Cross-compiles the wheel for arm64, into build/arm64/wheels/, and runs it there by an emulator: it has to say of a few captures what the
# command says here.
#
# Debian has Rust's libraries for arm64, and its Python, in one tree (tests/unpack.sh arm64, as for tests/arm64.sh). The wheel that is
# handed to others is optimised; IKEWHY_QUICK=1 leaves that out, because it takes longer to make than it saves.
set -eu
cd "$(dirname -- "$0")/.."

[ "$(uname -m)" = x86_64 ] || { echo "arm64: the wheel is left out, it is cross-compiled on x86-64 only" && exit 0; }
tests/unpack.sh arm64 || { echo "arm64: the wheel is left out" && exit 0; }
inside="$PWD/tests/inside.sh $PWD/build/wireshark/arm64/usr"
$inside /usr/bin/true || { echo "arm64: the wheel is left out" && exit 0; }

python/environment.sh tools maturin==1.16.0 ziglang==0.17.1
command/build.sh
${CARGO:-cargo} fetch --locked --quiet
if [ -n "${IKEWHY_QUICK:-}" ]; then
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
fi
# maturin asks Python what it is.
mkdir -p build/arm64/bin
printf '#!/bin/sh\nexec qemu-aarch64 /usr/bin/python3 "$@"\n' >build/arm64/bin/python3
chmod 755 build/arm64/bin/python3
$inside env PATH="$PWD/build/arm64/bin:/usr/bin" CARGO_TARGET_DIR=target/arm64 CARGO_NET_OFFLINE=true RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    python/build.sh build/arm64/wheels --target aarch64-unknown-linux-gnu

folder=build/arm64/python
rm -rf "$folder"
mkdir -p "$folder"
python3 -m zipfile -e build/arm64/wheels/ikewhy-*aarch64.whl "$folder"
machine=$(head -c 20 "$folder/ikewhy/_engine.abi3.so" | od -An -tx1 -j18 -N1)
[ "$machine" = " b7" ] || { echo "arm64: FAILED: the wheel is for another machine" >&2 && exit 1; }

program='
import json, sys, ikewhy
for capture in sys.argv[1:]:
    document = ikewhy.analyze(capture).document
    print(json.dumps({"file": capture, **document}, ensure_ascii=False, sort_keys=True))
'
sorted='
import json, sys
for line in sys.stdin:
    print(json.dumps(json.loads(line), ensure_ascii=False, sort_keys=True))
'
set --
for case in ikev1-psk-differs-strongswan ikev2-ike-dh-differs-libreswan ikev2-psk-up-libreswan; do
    set -- "$@" "captures/$case/client.pcap"
done
here=$(build/command/ikewhy batch --jsonl "$@" | python3 -c "$sorted" || true)
there=$($inside env PYTHONPATH="$folder" LC_ALL=C.UTF-8 build/arm64/bin/python3 -B -c "$program" "$@")
[ -n "$there" ] && [ "$here" = "$there" ] || { echo "arm64: FAILED: the wheel says something else: $there" >&2 && exit 1; }
echo "arm64: $(basename build/arm64/wheels/*.whl) says in Python for arm64 what the command says here"
