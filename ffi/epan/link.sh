#!/bin/sh
# Links the native plugin: link.sh PLUGIN ENGINE [FLAG OF THE COMPILER...]. ENGINE is the static library of ffi/; the headers are those
# of the Wireshark that pkg-config finds.
#
# The plugin links neither libwireshark nor glib: the program that loads it has them.
set -eu
plugin=$1 engine=$2
shift 2
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../../Cargo.toml")

# The C library is always this machine's, whatever Wireshark's headers are: the oldest, so that the plugin runs on newer ones, too.
headers=
for flag in $(${PKG_CONFIG:-pkg-config} --cflags wireshark); do
    [ "$flag" = "-I${PKG_CONFIG_SYSROOT_DIR:-}/usr/include" ] || headers="$headers $flag"
done

mkdir -p "$(dirname -- "$plugin")"
# shellcheck disable=SC2086
${CC:-cc} "$@" -std=gnu11 -Wall -Wextra -Werror=incompatible-pointer-types -fPIC -shared -o "$plugin.$$" \
    -DIKEWHY_VERSION="\"$version\"" -I"$here/../include" $headers "$here"/*.c \
    -Wl,--whole-archive "$engine" -Wl,--no-whole-archive -Wl,--version-script="$here/exports.map" -Wl,--gc-sections
# All at once: a Wireshark that starts meanwhile loads the old one or the new one.
mv "$plugin.$$" "$plugin"
