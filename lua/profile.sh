#!/bin/sh
# Installs Wireshark's configuration profile "ikewhy" (columns, colours, filter buttons), or removes it:
#   profile.sh install|uninstall PROFILES      PROFILES: a folder of profiles, such as ~/.config/wireshark/profiles
#
# What the user changed is theirs: the checksums of the files as they were installed are kept beside them, in .installed; a
# file that no longer has its checksum is neither replaced nor removed, and neither is a profile of that name without .installed.
# The file "recent" is Wireshark's own memory of a profile, rewritten whenever it ends: it goes when all others go.
set -eu
source=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/profile
profile=$2/ikewhy
list=$profile/.installed

# Is this file as it was installed?
untouched() {
    (cd "$profile" && grep -F "  $1" .installed 2>/dev/null | sha256sum --check --status 2>/dev/null)
}

case $1 in
install)
    if [ ! -f "$list" ] && [ -n "$(ls -A "$profile" 2>/dev/null)" ]; then
        echo "Kept your own profile $profile"
        exit 0
    fi
    mkdir -p "$profile"
    kept=
    for file in "$source"/*; do
        name=${file##*/}
        if [ ! -e "$profile/$name" ] || untouched "$name"; then
            install -m 644 "$file" "$profile/$name"
        elif [ "$name" != recent ] && ! cmp -s "$file" "$profile/$name"; then
            kept="$kept $name"
        fi
    done
    (cd "$source" && sha256sum -- *) >"$list"
    echo "Installed the profile $profile${kept:+ (kept your own:$kept)}"
    ;;
uninstall)
    [ -f "$list" ] || exit 0
    kept=
    for file in "$source"/*; do
        name=${file##*/}
        if untouched "$name"; then
            rm -f "$profile/$name"
        elif [ "$name" != recent ] && [ -e "$profile/$name" ]; then
            kept="$kept $name"
        fi
    done
    rm -f "$list"
    [ -n "$kept" ] || rm -f "$profile/recent"
    rmdir "$profile" 2>/dev/null || true
    if [ -d "$profile" ]; then echo "Kept $profile:${kept:- files of your own}"; else echo "Removed $profile"; fi
    ;;
*)
    echo "profile.sh install|uninstall PROFILES" >&2
    exit 2
    ;;
esac
