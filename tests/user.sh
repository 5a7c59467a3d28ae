#!/bin/sh
# Runs a program of Wireshark's as an ordinary user whose only plugin is this one: user.sh tshark -r FILE
# (Started by root, Wireshark ignores all plugins but those of the system without a word.)
#
# IKEWHY_HOME=name: another home folder for its settings, below build/ or by its full path; =bare: without the plugin, for
# comparison.
# IKEWHY_WIRESHARK=4.4: with that Wireshark (tests/unpack.sh): its /usr takes the place of this machine's, for this program.
set -eu
build=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)/build
if [ -n "${IKEWHY_WIRESHARK:-}" ]; then
    tree=$build/wireshark/$IKEWHY_WIRESHARK
    exec "${0%/*}/inside.sh" "$tree/usr" /usr/bin/env -u IKEWHY_WIRESHARK "$0" "$@"
fi
case ${IKEWHY_HOME:-test} in
    /*) home=$IKEWHY_HOME ;;
    *) home=$build/home-${IKEWHY_HOME:-test} ;;
esac

plugins=$build/plugins
[ "${IKEWHY_HOME:-}" != bare ] || plugins=$home
if [ ! -d "$home/.cache" ]; then
    mkdir -p "$home/.config" "$home/.cache"
    [ "$(id -u)" != 0 ] || chown 65534:65534 "$home/.config" "$home/.cache"
fi
# Nothing of this machine's user must show in the output: language, settings, other plugins.
run="env -i PATH=$PATH LC_ALL=C.UTF-8 DISPLAY=${DISPLAY:-} HOME=$home WIRESHARK_PLUGIN_DIR=$plugins"

if [ "$(id -u)" != 0 ]; then
    exec $run "$@"
fi
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
# With the one capability it takes to read what root may read: a capture in root's own folders, this one.
reader="$nobody --inh-caps=+dac_override --ambient-caps=+dac_override"
$reader true 2>/dev/null && nobody=$reader
exec $nobody $run "$@"
