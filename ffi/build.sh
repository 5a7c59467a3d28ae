#!/bin/sh
# Builds an edition of the plugin: build.sh native makes build/plugins/X.Y/epan/ikewhy.so, build.sh lua makes build/lua/.
#
# IKEWHY_WIRESHARK=4.4: for that Wireshark, unpacked below build/ (tests/unpack.sh); without, for the installed one.
# CARGO, CARGO_TARGET_DIR, CC and CFLAGS have their usual meaning.
set -eu
cd "$(dirname -- "$0")/.."
release=${CARGO_TARGET_DIR:-target}/release

${CARGO:-cargo} build --locked --quiet --release -p ikewhy-ffi

case $1 in
native)
    if [ -n "${IKEWHY_WIRESHARK:-}" ]; then
        export PKG_CONFIG_SYSROOT_DIR="$PWD/build/wireshark/$IKEWHY_WIRESHARK"
        PKG_CONFIG_LIBDIR=$(echo "$PKG_CONFIG_SYSROOT_DIR"/usr/lib/*/pkgconfig)
        export PKG_CONFIG_LIBDIR
    fi
    version=${IKEWHY_WIRESHARK:-$(pkg-config --modversion wireshark | cut -d. -f1,2)}
    plugin=build/plugins/$version/epan/ikewhy.so engine=$release/libikewhy_ffi.a
    if [ -e "$plugin" ] && [ -z "$(find ffi/epan ffi/build.sh ffi/include "$engine" -newer "$plugin")" ]; then exit 0; fi
    flags=${CFLAGS:--O2 -g}
    # An overrun of a buffer in C ends the program before it does worse. Without optimisation the C library only warns of it.
    case " $flags " in *" -O0 "*) ;; *" -O"*) flags="$flags -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2" ;; esac
    # shellcheck disable=SC2086
    ffi/epan/link.sh "$plugin" "$engine" $flags -fstack-protector-strong -Wl,-s -Wl,-z,relro,-z,now
    ;;
lua)
    mkdir -p build/lua
    install -m 644 lua/ikewhy.lua build/lua/ikewhy.lua
    strip -o "build/lua/ikewhy-engine.so.$$" "$release/libikewhy_ffi.so"
    chmod 644 "build/lua/ikewhy-engine.so.$$"
    mv "build/lua/ikewhy-engine.so.$$" build/lua/ikewhy-engine.so
    ;;
*) echo "build.sh native|lua" >&2 && exit 2 ;;
esac
