#!/bin/sh
# Installs Wireshark's configuration profile "ikewhy" (columns, colours, filter buttons), or removes it:
#   profile.sh install|uninstall PROFILES [SOURCE]
# PROFILES: a folder of profiles, such as ~/.config/wireshark/profiles. SOURCE: the profile; without, that beside this script.
#
# What the user changed is theirs: the checksums of the files as they were installed are kept beside them, in .installed; a
# file that no longer has its checksum is neither replaced nor removed, and neither is a profile of that name without .installed.
# The file "recent" is Wireshark's own memory of a profile, rewritten whenever it ends: it goes when all others go.
# Whatever is interrupted, or a full disk: each file is there whole, as it was or new, and the next run goes on.
set -eu
umask 022
source=${3:-$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/profile}
profile=$2/ikewhy
list=$profile/.installed

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# Is this file as it was installed?
untouched() {
    [ -f "$profile/$1" ] && (cd "$profile" && sha256sum -- "$1") | grep -q -x -F -f "$list"
}

# Puts what it reads into a file, whole or not at all.
write() { # FILE
    cat >"$profile/.new"
    mv -f -- "$profile/.new" "$1"
}

case $1 in
install)
    [ -f "$list" ] || rmdir "$profile" 2>/dev/null || true # an empty folder is no profile
    if [ ! -f "$list" ] && exists "$profile"; then
        echo "Kept your own profile $profile"
        exit 0
    fi
    new=$2/.ikewhy.new
    trap 'rm -rf "$new" "$profile/.new"' EXIT
    trap 'exit 1' HUP INT TERM
    sums=$(cd "$source" && sha256sum -- *)
    kept=
    if [ ! -f "$list" ]; then
        rm -rf "$new"
        mkdir -p "$new"
        cp -- "$source"/* "$new"
        echo "$sums" >"$new/.installed"
        mv -- "$new" "$profile"
    else
        # While files are exchanged, both are ours.
        { cat "$list" && echo "$sums"; } | sort -u | write "$list"
        for file in "$source"/*; do
            name=${file##*/}
            if ! exists "$profile/$name" || untouched "$name"; then
                write "$profile/$name" <"$file"
            elif [ "$name" != recent ]; then
                kept="$kept $name"
            fi
        done
        echo "$sums" | write "$list"
    fi
    echo "Installed the profile $profile${kept:+ (kept your own:$kept)}"
    ;;
uninstall)
    [ -f "$list" ] || exit 0
    kept=
    for name in $(sed 's/^[^ ]*  //' "$list" | sort -u); do
        if untouched "$name"; then
            rm -f -- "$profile/$name"
        elif [ "$name" != recent ] && exists "$profile/$name"; then
            kept="$kept $name"
        fi
    done
    [ -n "$kept" ] || rm -f -- "$profile/recent"
    rm -f -- "$list"
    rmdir "$profile" 2>/dev/null || true
    if [ -d "$profile" ]; then echo "Kept $profile:${kept:- files of your own}"; else echo "Removed $profile"; fi
    ;;
*)
    echo "profile.sh install|uninstall PROFILES [SOURCE]" >&2
    exit 2
    ;;
esac
