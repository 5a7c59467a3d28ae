#!/bin/sh
# Cross-compiles for macOS 11 and later, for both kinds of processors in one file: build/macos/
#
#   lua/ikewhy.lua, lua/ikewhy-engine.dylib    the Lua edition
#   ikewhy                                     the command, with README.txt and the licences beside it
#
# Nothing here runs them. What can be seen from outside is checked: the processors, the oldest macOS, which libraries they want, what the
# engine exports, and that they are signed. The signature is of nobody (ad hoc): Apple's own processors run nothing without any.
#
# Compilers come from a tree of Debian's (tests/unpack.sh macos). Debian has Rust's own library for macOS as sources only, so that is
# compiled, too (build-std), which Cargo calls unstable. What macOS' own library exports, the linker reads in a list that zig brings along.
set -eu
cd "$(dirname -- "$0")/.."
out=build/macos oldest=11.0

[ "$(uname -m)" = x86_64 ] || { echo "macOS: cross-compiled on x86-64 only" >&2 && exit 1; }
tests/unpack.sh macos
python/environment.sh tools maturin==1.16.0 ziglang==0.17.1
tree=$PWD/build/wireshark/macos/usr
inside="$PWD/tests/inside.sh $tree"
std=$(echo "$tree"/src/rustc-*/library)
cargo=${CARGO_HOME:-$HOME/.cargo}
target=${CARGO_TARGET_DIR:-$PWD/target}/macos
list=$(echo "$PWD"/build/python/tools/lib/python3*/site-packages/ziglang/lib/libc/darwin/libSystem.tbd)
[ -f "$list" ] || { echo "macOS: zig has no libSystem.tbd" >&2 && exit 1; }

# All that is used is in that one library; of iconv nothing is. Apple's own lists name arm64 beside arm64e; zig's has a variant of
# arm64e in its place, which lld does not know.
sdk=$target/sdk
mkdir -p "$sdk/usr/lib"
for name in System c m pthread iconv; do sed 's/arm64e\.x1-/arm64-/g' "$list" >"$sdk/usr/lib/lib$name.tbd"; done

# Crates are fetched by this machine's cargo, those of Rust's library as well.
${CARGO:-cargo} fetch --locked --quiet
RUSTC_BOOTSTRAP=1 ${CARGO:-cargo} fetch --locked --quiet --manifest-path "$std/Cargo.toml"

for processor in x86_64 aarch64; do
    linker=$target/link-$processor
    # A library says where it is to be found, which would be a folder of this machine.
    cat >"$linker" <<EOF
#!/bin/sh
case " \$* " in *" -dynamiclib "*) set -- "\$@" -Wl,-install_name,@loader_path/ikewhy-engine.dylib ;; esac
exec clang --target=$(echo $processor | sed s/aarch64/arm64/)-apple-macos$oldest -isysroot $sdk -fuse-ld=lld -Wl,-adhoc_codesign "\$@"
EOF
    chmod 755 "$linker"
    name=$(echo $processor | tr '[:lower:]' '[:upper:]')_APPLE_DARWIN
    $inside env PATH=/usr/bin CARGO_TARGET_DIR="$target" CARGO_HOME="$cargo" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
        MACOSX_DEPLOYMENT_TARGET=$oldest SDKROOT="$sdk" ZERO_AR_DATE=1 CARGO_PROFILE_RELEASE_STRIP=none \
        CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
        "CARGO_TARGET_${name}_LINKER=$linker" \
        "CARGO_TARGET_${name}_RUSTFLAGS=--remap-path-prefix=$cargo/registry/src=crates --remap-path-prefix=$PWD=. -Clink-arg=-Wl,-x" \
        /usr/bin/cargo build --release -Zbuild-std=std,panic_unwind -p ikewhy-ffi -p ikewhy-command \
        --locked --offline --quiet --target $processor-apple-darwin
done

rm -rf "$out"
mkdir -p "$out/lua"
both() { # FILE AS
    $inside llvm-lipo -create "$target/x86_64-apple-darwin/release/$1" "$target/aarch64-apple-darwin/release/$1" -output "$2"
}
both libikewhy_ffi.dylib "$out/lua/ikewhy-engine.dylib"
both ikewhy "$out/ikewhy"
install -m 644 lua/ikewhy.lua "$out/lua/ikewhy.lua"
chmod 755 "$out/ikewhy" "$out/lua/ikewhy-engine.dylib"
for text in packaging/macos.txt:README.txt lua/COPYING:COPYING LICENSE-MIT:LICENSE-MIT LICENSE-APACHE:LICENSE-APACHE; do
    install -m 644 "${text%%:*}" "$out/${text#*:}"
done

# ---- What can be seen of it here -------------------------------------------------------------------------------------

fail() { echo "macOS: FAILED: $*" >&2 && exit 1; }
see() { $inside llvm-objdump --macho "$@"; }
for file in ikewhy lua/ikewhy-engine.dylib; do
    $inside llvm-lipo "$out/$file" -verify_arch x86_64 arm64 || fail "$file is not for both processors"
    for processor in x86_64 arm64; do
        headers=$(see --arch=$processor --private-headers "$out/$file")
        echo "$headers" | grep -q "minos $oldest" || fail "$file for $processor is not for macOS $oldest"
        echo "$headers" | grep -q LC_CODE_SIGNATURE || fail "$file for $processor is not signed"
        others=$(see --arch=$processor --dylibs-used --non-verbose "$out/$file" | sed '/:$/d; s/ (.*//; s/^[[:space:]]*//' |
            grep -v -e '^/usr/lib/libSystem' -e '^@loader_path/ikewhy-engine.dylib$' || true)
        [ -z "$others" ] || fail "$file for $processor wants $others"
    done
done
for processor in x86_64 arm64; do
    exports=$(see --arch=$processor --exports-trie "$out/lua/ikewhy-engine.dylib" | sed -n 's/^0x[0-9A-F]*[[:space:]]*//p')
    echo "$exports" | grep -q '^_luaopen_ikewhy$' || fail "the engine for $processor has no entry for Lua"
    others=$(echo "$exports" | grep -v -e '^_luaopen_' -e '^_ikewhy_' || true)
    [ -z "$others" ] || fail "the engine for $processor exports $others"
done
# Of one time, so that the same content is the same archive.
find "$out" -exec touch -d @"${SOURCE_DATE_EPOCH:-1700000000}" {} +
ls -l "$out" "$out/lua"
