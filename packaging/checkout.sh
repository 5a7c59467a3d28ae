#!/bin/sh
# Installs what was built in this checkout, or takes it away: checkout.sh install native|lua, checkout.sh uninstall.
#
# PLUGIN_ROOT: the folder for plugins; without, Wireshark's own, as root the one for everybody. BIN: the folder for the command, where
# PLUGIN_ROOT is not Wireshark's own. All of an edition is installed or nothing (install.sh).
set -eu
cd "$(dirname -- "$0")/.."
global=$(dirname -- "$(pkg-config --variable=plugindir wireshark)")
personal=$HOME/.local/lib/wireshark/plugins
if [ "$(id -u)" = 0 ]; then
    own=$global programs=/usr/local/bin configuration=Global
else
    own=$personal programs=$HOME/.local/bin configuration=Personal
fi
root=${PLUGIN_ROOT:-$own} bin=${BIN:-}

# Wireshark looks there by itself: the plugin can be tried, and the command and the profile find it.
standard=
case $root in "$global" | "$personal") standard=yes ;; esac
[ -z "$standard" ] || bin=${bin:-$programs}

# What the user changed in the profile is kept.
profile() { # install|uninstall
    [ -n "$standard" ] || return 0
    folder=$(tshark -G folders 2>/dev/null | sed -n "s/^$configuration configuration:[[:space:]]*//p")
    lua/profile.sh "$1" "$folder/profiles"
}

# A plugin fits one minor version of Wireshark: that of the headers must be that of the program.
same_wireshark() { # THAT OF THE HEADERS
    program=$(tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
    [ "$program" != "$1" ] || return 0
    echo "The headers are those of Wireshark $1, but tshark ($(command -v tshark)) is $program." >&2
    echo "Either update the headers: apt-get install --only-upgrade libwireshark-dev tshark" >&2
    echo "or take the edition that fits any Wireshark: make install EDITION=lua" >&2
    return 1
}

case ${1:-} in
install)
    case ${2:-} in
    native)
        version=${IKEWHY_WIRESHARK:-$(pkg-config --modversion wireshark | cut -d. -f1,2)}
        [ -z "$standard" ] || same_wireshark "$version"
        set -- "$version/epan/ikewhy.so=build/plugins/$version/epan/ikewhy.so"
        [ -z "$bin" ] || set -- "$@" bin/ikewhy=build/command/ikewhy bin/ikewhy-batch=
        ;;
    lua) set -- ikewhy.lua=build/lua/ikewhy.lua ikewhy-engine.so=build/lua/ikewhy-engine.so ;;
    *) echo "checkout.sh install native|lua" >&2 && exit 2 ;;
    esac
    packaging/install.sh put ${standard:+--try} "$root" "$bin" "$@"
    profile install
    ;;
uninstall)
    packaging/install.sh take "$root" "$bin"
    # Root has installed for everybody, perhaps also as an ordinary user would.
    [ -n "${PLUGIN_ROOT:-}" ] || [ "$root" != "$global" ] || packaging/install.sh take "$personal" ""
    profile uninstall
    ;;
*) echo "checkout.sh install|uninstall" >&2 && exit 2 ;;
esac
