#!/bin/sh
# Unpacks another Wireshark, with its headers, below build/wireshark/: unpack.sh 4.4|arm64|wasm|windows|macos
# Which suites have it stands in packaging/wireshark.tsv. tests/user.sh runs it with IKEWHY_WIRESHARK=4.4, and
# `make plugin WIRESHARK=4.4` builds for it.
# Of arm64, whichever is the newest, with compilers that run here and an emulator: tests/arm64.sh.
# Instead of a Wireshark, wasm is Rust with its library for WebAssembly: web/build.sh; windows is compilers, Rust's sources, Wine and
# what makes an installer: packaging/windows.sh, tests/windows.sh; macos is compilers and Rust's sources: packaging/macos.sh.
#
# Says on stderr, and fails, if no suite that is reached has that version: suites move on. A tree older than two weeks is
# unpacked anew; the old one stays where that is not possible.
set -eu
version=$1
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
trees=${here%/*}/build/wireshark
tree=$trees/$version
mkdir -p "$trees"
exec 9>"$trees/.lock"
flock 9
[ -z "$(find "$tree/unpacked" -mtime -14 2>/dev/null)" ] || exit 0

command -v mmdebstrap >/dev/null || "$here/setup.sh" matrix >&2

# What tests/user.sh needs is there, too: the tree takes the place of the whole /usr.
unpack() { # SUITE DIRECTORY [WHAT MMDEBSTRAP NEEDS FOR IT...]
    suite=$1 into=$2
    shift 2
    # A machine's clock may be ahead of a suite that is made anew each day.
    mmdebstrap --quiet --variant=extract ${architectures:+--architectures="$architectures"} --include="${include:-$packages}" \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' "$suite" "$into" "$@"
}

# Ubuntu's key comes with Ubuntu's packages, which nothing vouches for yet. They are unpacked and not run; of all that one file is
# looked at, and of that file one key is taken, by its fingerprint: it has signed since 2018. apt believes that key and no other.
ubuntu() { # SUITE DIRECTORY
    archive=http://archive.ubuntu.com/ubuntu keys=$trees/ubuntu-keys key=$trees/ubuntu-key.gpg
    include=ubuntu-keyring unpack "$1" "$keys" "deb [trusted=yes] $archive $1 main" || return
    "$here/archive-key.sh" F6ECB3762474EDA9D21B7022871920D1991BC93C \
        "$keys/etc/apt/trusted.gpg.d/ubuntu-keyring-2018-archive.gpg" >"$key" || return
    rm -rf "$keys"
    unpack "$1" "$2" "deb [signed-by=$key] $archive $1 main universe"
}

packages=tshark,libwireshark-dev,libglib2.0-dev,util-linux,coreutils,dash architectures=
case $version in
arm64)
    suites="testing sid" architectures=amd64,arm64
    packages=tshark:arm64,libwireshark-dev:arm64,libglib2.0-dev:arm64,libstd-rust-dev:arm64,libc6-dev:arm64,gcc-aarch64-linux-gnu
    packages=$packages,rustc,cargo,gcc,libc6-dev,pkgconf-bin,qemu-user,make,sed,grep,util-linux,coreutils,dash,python3:arm64
    ;;
wasm)
    suites="testing sid" packages=rustc,cargo,libstd-rust-dev-wasm32,lld,gcc,libc6-dev,util-linux,coreutils,dash
    ;;
windows)
    suites=sid
    packages=rustc,cargo,rust-src,gcc,libc6-dev,libc-bin,gcc-mingw-w64-x86-64-win32,libz-mingw-w64,wine,wine64,nsis,make,sed,grep,findutils
    packages=$packages,util-linux,coreutils,dash
    ;;
macos)
    suites=sid packages=rustc,cargo,rust-src,gcc,libc6-dev,libc-bin,clang,lld,llvm,sed,util-linux,coreutils,dash
    ;;
*)
    suites=$(sed -n "s/^$version\t//p" "$here/../packaging/wireshark.tsv")
    [ -n "$suites" ] || { echo "Wireshark $version: no suite is known" >&2 && exit 1; }
    ;;
esac

why=
for suite in $suites; do
    new=$trees/new-$suite
    rm -rf "$new" "$trees/ubuntu-keys"
    case $suite in
    ubuntu:*) ubuntu "${suite#*:}" "$new" ;;
    *) unpack "$suite" "$new" ;;
    esac >"$trees/$version.log" 2>&1 </dev/null || { why="$why; $suite is not reached ($trees/$version.log)" && continue; }
    case $version in
    arm64 | wasm | windows | macos) found=$version ;;
    *) found=$(sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p' "$new"/usr/lib/*/pkgconfig/wireshark.pc) ;;
    esac
    if [ "$found" = "$version" ]; then
        rm -rf "$tree"
        mv "$new" "$tree"
        echo "$suite" >"$tree/unpacked"
        exit 0
    fi
    why="$why; $suite has moved on to $found"
    rm -rf "$new"
done
echo "Wireshark $version${why}" >&2
[ -e "$tree/unpacked" ]
