#!/bin/sh
# Installs ikewhy for you, without administrator rights, from the archives beside this script: install.sh [lua|remove]
#
# Asks tshark for its version and its folders, takes the archive of that version (or the Lua edition, if there is none, or
# with the argument lua), and proves that tshark loads it.
# Beside the native plugin the command ikewhy, a front for tshark with it, goes to ~/.local/bin.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

fail() {
    echo "$*" >&2
    exit 1
}

[ "$(id -u)" != 0 ] || fail "Wireshark ignores personal plugins when root starts it. Run this as yourself; for everybody on the machine install the .deb."
command -v tshark >/dev/null || fail "tshark is not found. On Debian and Ubuntu: apt-get install tshark"

folder() { tshark -G folders 2>/dev/null | sed -n "s/^$1:[[:space:]]*//p"; }
wireshark=$(tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
plugins=$(folder "Personal Lua Plugins")
[ -n "$wireshark" ] && [ -n "$plugins" ] || fail "tshark does not tell its version and its folders (tshark -G folders); is it older than 4.0?"

commands=$HOME/.local/bin

# What an earlier Wireshark leaves behind does no harm there: each looks into the folder of its own version only.
remove() {
    for file in "$plugins"/*/epan/ikewhy.so "$plugins/ikewhy.lua" "$plugins"/ikewhy-engine.*; do
        [ -e "$file" ] || continue
        rm -- "$file"
        of=${file%/epan/ikewhy.so}
        of=${of##*/}
        case $of in "$wireshark" | ikewhy*) echo "Removed $file" ;; *) echo "Removed $file, of Wireshark $of; yours is $wireshark" ;; esac
    done
    for file in "$commands/ikewhy-batch" "$commands/ikewhy"; do
        [ ! -e "$file" ] || { rm -- "$file" && echo "Removed $file"; }
    done
    find "$plugins" -depth -type d -empty -delete 2>/dev/null || true
}

case ${1:-} in
remove)
    remove
    exit 0
    ;;
lua) archive= ;;
'') archive=$(ls "$here"/ikewhy-*-wireshark"$wireshark"-linux-"$(uname -m)".zip 2>/dev/null | tail -n 1) ;;
*) fail "install.sh [lua|remove]" ;;
esac
if [ -z "$archive" ]; then
    archive=$(ls "$here"/ikewhy-*-lua-linux-"$(uname -m)".zip 2>/dev/null | tail -n 1)
    [ -n "$archive" ] || fail "There is no archive for Wireshark $wireshark on $(uname -m) beside this script, and no Lua edition." \
        "Put ikewhy-*-wireshark$wireshark-linux-$(uname -m).zip here, or ikewhy-*-lua-linux-$(uname -m).zip, which fits any Wireshark from 4.0 on."
    [ -n "${1:-}" ] || echo "No native plugin for Wireshark $wireshark here: taking the Lua edition, which fits any from 4.0 on."
fi

remove
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
if command -v unzip >/dev/null; then
    unzip -q "$archive" -d "$unpacked"
elif command -v python3 >/dev/null; then
    python3 -m zipfile -e "$archive" "$unpacked"
else
    fail "unzip is not found. On Debian and Ubuntu: apt-get install unzip"
fi
mkdir -p "$plugins"
for part in "$unpacked"/*/epan "$unpacked"/ikewhy*; do
    case $part in
    */epan) [ ! -d "$part" ] || cp -R "${part%/epan}" "$plugins" ;;
    *) [ ! -f "$part" ] || cp "$part" "$plugins" ;;
    esac
done
echo "Installed $(basename "$archive") into $plugins"
if [ -f "$unpacked/bin/ikewhy" ]; then
    mkdir -p "$commands"
    cp "$unpacked/bin/ikewhy" "$commands" && chmod 755 "$commands/ikewhy" && ln -sf ikewhy "$commands/ikewhy-batch"
    echo "Installed ikewhy and ikewhy-batch into $commands"
    command -v python3 >/dev/null || echo "which need Python 3"
fi

said=$(tshark -G plugins 2>&1)
if ! echo "$said" | grep '^ikewhy'; then
    echo "$said" | grep -i ikewhy >&2 || true
    fail "but tshark $wireshark does not load it. A plugin fits one minor version of Wireshark: take the archive of yours, or run: $0 lua"
fi
case $archive in
*-wireshark"$wireshark"-*) echo "After an upgrade of Wireshark from $wireshark to another minor version, run this again with the archive of that one." ;;
esac
