#!/bin/sh
# Installs ikewhy for you, without administrator rights, from the archives beside this script:
#   install.sh [--unchecked] [lua|remove]
#
# Asks tshark for its version and its folders, takes the newest archive for that version (or the Lua edition, if there is none, or
# with the argument lua), compares it with SHA256SUMS, and tries it in tshark. Only then it takes the place of what was there:
# either all of it is installed and works, or everything is as it was. Beside the native plugin the command ikewhy, which needs no
# Wireshark, goes to ~/.local/bin. What was put where stands in .ikewhy.installed, in the plugin folder: nothing else is
# removed, and what is somebody else's is not overwritten.
#
# make install and make uninstall do the same with what was built:
#   install.sh put [--try] ROOT BIN NAME=FILE...    FILE goes to ROOT/NAME; to BIN/..., if NAME is bin/...
#   install.sh take ROOT BIN
set -eu
# A closed stream: its number would be given to a pipe.
(exec 3<&0) 2>/dev/null || exec </dev/null
(exec 3>&1) 2>/dev/null || exec >/dev/null
(exec 3>&2) 2>/dev/null || exec 2>/dev/null
umask 022
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

# The public key of minisign that releases are signed with; there is none yet. It stands in here, because a key that lies beside
# the archives is exchanged with them. So is this script: what that leaves of the key's worth is said in SECURITY.md.
release_key=

# Beside the plugins. Each line: fresh, new (in the place of another) or kept; SHA-256, "link", "folder" or "list"; path.
list=.ikewhy.installed
# The same, and what is "old" and has to go, while files are exchanged: whoever finds it undoes what was done.
unfinished=.ikewhy.unfinished
# The same when all is in its place: whoever finds it removes the backups that are left.
finished=.ikewhy.finished

# The first lines of the command, in installations from before there were lists: it was a script then.
first_command='#!/usr/bin/env python3
"""ikewhy on the command line: many captures at once, reports, and what a diagnosis means.'

newline='
'
line() { printf '%s\n' "$*"; }

fail() {
    line "$*" >&2
    exit 1
}

# Nothing stops halfway because nobody listens any more.
trap '' PIPE
say() { line "$*" 2>/dev/null || :; }

# ---- What is ours ----------------------------------------------------------------------------------------------------

exists() { [ -e "$1" ] || [ -L "$1" ]; }

sum_of() { # FILE
    if [ -L "$1" ]; then
        echo link
    elif command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -d ' ' -f 1
    else
        shasum -a 256 <"$1" | cut -d ' ' -f 1
    fi
}

# The sum that the list has; nothing, if it does not name this file.
listed_sum() { # FILE
    [ ! -f "$root/$list" ] || while read -r _ sum path; do
        [ "$path" != "$1" ] || line "$sum"
    done <"$root/$list"
}

of_a_package() { # FILE
    case $1 in
    /usr/*) command -v dpkg-query >/dev/null && dpkg-query -S "$1" >/dev/null 2>&1 ;;
    *) false ;;
    esac
}

# In a plugin folder the name tells. A command has to be the one that is listed, or to begin as ours did.
is_ours() { # FILE
    case ${1##*/} in
    "$list") true ;;
    ikewhy.so | ikewhy.lua | ikewhy-engine.so | ikewhy-engine.dylib | ikewhy-engine.dll)
        [ -f "$1" ] && [ ! -L "$1" ] && ! of_a_package "$1"
        ;;
    ikewhy)
        [ -f "$1" ] && [ ! -L "$1" ] || return 1
        listed=$(listed_sum "$1")
        if [ -n "$listed" ]; then
            [ "$listed" = "$(sum_of "$1")" ]
        else
            [ "$(head -n 2 "$1" | tr -d '\000')" = "$first_command" ]
        fi
        ;;
    ikewhy-batch) [ "$(readlink "$1")" = ikewhy ] && is_free "${1%-batch}" ;;
    *) false ;;
    esac
}

# Is there nothing of anybody else's?
is_free() { # FILE
    case $1 in */ikewhy-batch) is_free "${1%-batch}" || return 1 ;; esac
    ! exists "$1" || is_ours "$1"
}

# The list; where there is none, what an installation from before there were lists has put there.
installed() {
    if [ -f "$root/$list" ]; then
        cat "$root/$list"
        return
    fi
    for path in "$root"/[0-9]*.[0-9]*/epan/ikewhy.so "$root/ikewhy.lua" "$root"/ikewhy-engine.* \
        ${bin:+"$bin/ikewhy" "$bin/ikewhy-batch"}; do
        exists "$path" && is_ours "$path" || continue
        line "kept $(sum_of "$path") $path"
    done
}

# ---- Taking away -----------------------------------------------------------------------------------------------------

say_removed() { # FILE
    of=${1%/epan/ikewhy.so}
    case $1 in
    */"$list") ;;
    "$of" | */"${wireshark:-${of##*/}}"/epan/ikewhy.so) say "Removed $1" ;;
    *) say "Removed $1, of Wireshark ${of##*/}; yours is $wireshark" ;;
    esac
}

say_kept() { say "Kept $1: it is not what was installed there"; }

# Of a list, as far as nothing else is in them.
remove_folders() { # KIND
    sed -n "s/^$1 folder //p" | LC_ALL=C sort -r | while read -r path; do
        rmdir -- "$path" 2>/dev/null || :
    done
}

take() {
    : >"$scratch/done" # nothing of this is put back
    installed >"$scratch/list"
    [ -s "$scratch/list" ] || say "There is nothing of ikewhy in $root"
    while read -r _ sum path; do
        [ "$sum" != folder ] && exists "$path" || continue
        if is_ours "$path"; then
            rm -- "$path"
            say_removed "$path"
        else
            say_kept "$path"
        fi
    done <"$scratch/list"
    remove_folders '[a-z]*' <"$scratch/list"
}

# ---- Putting into place, all or nothing ------------------------------------------------------------------------------

# Hidden, in the same folder and so in the same file system, with an ending that Wireshark does not load.
new_of() { line "${1%/*}/.${1##*/}.new"; }
old_of() { line "${1%/*}/.${1##*/}.old"; }

path_of() { # NAME
    case $1 in
    bin/*) line "$bin/${1#bin/}" ;;
    *) line "$root/$1" ;;
    esac
}

# The folders on the way to a file that are not there.
missing_folders() { # FILE
    set -- "${1%/*}"
    [ -z "$1" ] || [ -d "$1" ] || {
        line "fresh folder $1"
        missing_folders "$1"
    }
}

# All that is to be done, in the order in which it is done.
plan() { # beside|instead NAME=FILE...
    others=$1
    shift
    for pair in "$@"; do missing_folders "$(path_of "${pair%%=*}")"; done | LC_ALL=C sort -u
    puts=$newline
    for pair in "$@"; do
        path=$(path_of "${pair%%=*}")
        kind=fresh sum=link
        ! exists "$path" || kind=new
        [ -z "${pair#*=}" ] || sum=$(sum_of "${pair#*=}")
        line "$kind $sum $path"
        puts="$puts$path$newline"
    done
    installed | while read -r _ sum path; do
        case $puts in *"$newline$path$newline"*) continue ;; esac
        if [ "$sum" = list ] || ! exists "$path"; then
            continue
        elif [ "$sum" = folder ] || [ "$others" = beside ]; then
            line "kept $sum $path"
        elif is_ours "$path"; then
            line "old $sum $path"
        else
            line "foreign $sum $path"
        fi
    done
    kind=fresh
    [ ! -f "$root/$list" ] || kind=new
    line "$kind list $root/$list"
}

# Writes all that is needed, so that a full disk changes nothing.
stage() { # NAME=FILE...
    sed -n 's/^fresh folder //p' "$scratch/plan" | while read -r path; do mkdir -p -- "$path"; done
    grep -v '^old \|^foreign ' "$scratch/plan" >"$scratch/list"
    for pair in "$unfinished=$scratch/plan" "$list=$scratch/list" "$@"; do
        name=${pair%%=*} file=${pair#*=}
        new=$(new_of "$(path_of "$name")")
        rm -f -- "$new"
        if [ -z "$file" ]; then
            ln -s ikewhy "$new"
            continue
        fi
        cp -- "$file" "$new"
        cmp -s -- "$file" "$new" || fail "$new could not be written"
        case $name in
        bin/*) chmod 755 "$new" ;;
        *) chmod 644 "$new" ;;
        esac
        sync "$new" 2>/dev/null || :
        [ "$name" != "$unfinished" ] || mv -f -- "$new" "$root/$name"
    done
}

# Does tshark list it, and as something that works? Leaves its lines in $proof.
loads() { # WHAT tshark -G plugins PRINTS
    proof=$(line "$1" | grep '^ikewhy') || return 1
    case $proof in *"cannot work"*) return 1 ;; esac
}

refuse() { # WHAT tshark -G plugins PRINTS
    line "$1" | grep -i ikewhy >&2 || :
    fail "tshark does not load it. $advice"
}

# tshark alone with what is to be installed. (Root's looks only where plugins for everybody are: that leaves the proof in place.)
try() { # NAME=FILE...
    mkdir -p "$scratch/home"
    for pair in "$@"; do
        name=${pair%%=*}
        case $name in bin/*) continue ;; esac
        mkdir -p "$(dirname -- "$scratch/plugins/$name")"
        ln -s "$(new_of "$(path_of "$name")")" "$scratch/plugins/$name"
    done
    alone() { HOME=$scratch/home WIRESHARK_PLUGIN_DIR=$scratch/plugins tshark "$@" 2>&1 || :; }
    said=$(alone -G plugins)
    loads "$said" || ! alone -G folders | grep -q -F "$scratch/plugins" || refuse "$said"
}

# At every moment each file is there, as it was or new (where the file system has hard links).
exchange() {
    while read -r kind sum path; do
        old=$(old_of "$path")
        case "$kind $sum" in
        *" folder") ;;
        new* | old*)
            rm -f -- "$old"
            if [ -L "$path" ]; then
                ln -s ikewhy "$old"
            else
                ln -- "$path" "$old" 2>/dev/null || mv -f -- "$path" "$old"
            fi
            ;;
        esac
    done <"$scratch/plan"
    while read -r kind sum path; do
        case "$kind $sum" in
        *" folder") ;;
        fresh* | new*) mv -f -- "$(new_of "$path")" "$path" ;;
        old*) rm -f -- "$path" ;;
        esac
    done <"$scratch/plan"
}

# Puts back what a run has changed that did not come to its end. Of one that did, backups may be left.
settle() {
    rm -f -- "$(new_of "$root/$unfinished")"
    if [ -f "$root/$unfinished" ]; then
        lines=$(cat "$root/$unfinished")
        while read -r kind sum path; do
            [ "$sum" != folder ] || continue
            old=$(old_of "$path")
            rm -f -- "$(new_of "$path")"
            case $kind in
            fresh)
                if [ "$sum" = list ] || [ "$sum" = "$(sum_of "$path" 2>/dev/null)" ]; then rm -f -- "$path"; fi
                ;;
            new | old)
                if cmp -s -- "$old" "$path"; then # two names of one file cannot be moved onto each other
                    rm -f -- "$old"
                elif exists "$old"; then
                    mv -f -- "$old" "$path"
                fi
                ;;
            esac
        done <"$root/$unfinished"
        rm -f -- "$root/$unfinished"
        line "$lines" | remove_folders fresh
    elif [ -f "$root/$finished" ]; then
        while read -r _ sum path; do
            [ "$sum" = folder ] || rm -f -- "$(old_of "$path")"
        done <"$root/$finished"
        rm -f -- "$root/$finished"
    fi
}

put() { # beside|instead NAME=FILE...
    others=$1
    shift
    for pair in "$@"; do
        shift
        path=$(path_of "${pair%%=*}")
        if is_free "$path"; then
            set -- "$@" "$pair"
        else
            case $pair in
            bin/*) ! exists "$path" || say "Kept $path, which is somebody else's: ours is not installed" ;;
            *) fail "$path is not of ikewhy's: a link, a folder, or of a package. Remove it first." ;;
            esac
        fi
    done
    plan "$others" "$@" >"$scratch/plan"
    stage "$@"
    [ -z "$tried" ] || try "$@"
    exchange
    if [ -n "$tried" ]; then
        said=$(tshark -G plugins 2>&1) || :
        loads "$said" || refuse "$said"
    fi
    : >"$scratch/done"
    mv -f -- "$root/$unfinished" "$root/$finished"
    settle

    while read -r kind _ path; do
        case $kind in
        old) say_removed "$path" ;;
        foreign) say_kept "$path" ;;
        esac
    done <"$scratch/plan"
    say "Installed $what into $root"
    commands=
    for pair in "$@"; do
        name=${pair%%=*}
        case $name in bin/*) commands="${commands:+$commands and }${name#bin/}" ;; esac
    done
    [ -z "$commands" ] || say "Installed $commands into $bin"
    [ -z "$tried" ] || say "$proof"
    [ -z "$tried" ] || say_next "$commands" "$@"
}

# What somebody who has never used it does now.
say_next() { # COMMANDS NAME=FILE...
    say "Next, in Wireshark: open a capture, then Tools > IPsec Negotiations > Report."
    case " $*" in
    *" ikewhy.lua="*) say "Or: tshark -q -r FILE -X lua_script:$root/ikewhy.lua -X lua_script1:report" ;;
    *) say "Or: tshark -q -r FILE -z ikewhy,report" ;;
    esac
    [ -n "$1" ] || return 0
    say "Without Wireshark: ikewhy FILE"
    case :$PATH: in
    *":$bin:"*) ;;
    *) say "$bin is not in your PATH. To run ikewhy by its name: export PATH=\"$bin:\$PATH\" (and put that line into ~/.profile)" ;;
    esac
}

# ---- From the archives -----------------------------------------------------------------------------------------------

# The one with the highest version: 0.10 is more than 0.9, and 0.10-rc1 less than 0.10.
newest() { # WHAT, as in ikewhy-VERSION-WHAT.zip
    version=$(for archive in "$here"/ikewhy-*-"$1".zip; do
        version=${archive##*/ikewhy-}
        version=${version%-"$1".zip}
        [ ! -f "$archive" ] || line "$(line "$version" | sed 's/-/.-1./').0.0.0.0.0.0 $version"
    done | LC_ALL=C sort -t . -k 1,1n -k 2,2n -k 3,3n -k 4,4n -k 5,5 -k 6,6n | sed -n '$s/.* //p')
    [ -z "$version" ] || line "$here/ikewhy-$version-$1.zip"
}

# The copy is checked and unpacked, so that nothing can be exchanged in between.
check() { # ARCHIVE
    name=${1##*/}
    cp -- "$1" "$scratch/archive.zip"
    if [ -n "$unchecked" ]; then
        say "$name is not checked, as you asked for"
        return
    fi
    otherwise="To install it unchecked: $0 --unchecked${edition:+ $edition}"
    [ -f "$here/SHA256SUMS" ] || fail "Beside $name there is no SHA256SUMS that says what it has to be." \
        "Get that from where the archive is from. $otherwise"
    cp -- "$here/SHA256SUMS" "$scratch/SHA256SUMS"
    check_signature
    sum=$(sum_of "$scratch/archive.zip")
    listed=$(tr -d '\r' <"$scratch/SHA256SUMS" | while read -r listed file || [ -n "$listed" ]; do
        file=${file#\*}
        [ "${file#./}" != "$name" ] || line "$listed"
    done | sort -u)
    case $listed in
    "$sum") ;;
    '') fail "$name does not stand in the SHA256SUMS beside it. Get both from one place. $otherwise" ;;
    *) fail "$name is not what SHA256SUMS says: it was damaged or changed on its way. Get it again." ;;
    esac
}

check_signature() {
    if [ -z "$release_key" ]; then
        say "Not signed: ikewhy has no release key yet. The checksums show damage, and no more than that."
    elif [ ! -f "$here/SHA256SUMS.minisig" ]; then
        fail "Releases are signed, but there is no SHA256SUMS.minisig beside $name. Get that from where the archive is from. $otherwise"
    elif ! command -v minisign >/dev/null; then
        say "The signature is not verified: minisign is not installed. On Debian and Ubuntu: apt-get install minisign"
    elif minisign -V -q -P "$release_key" -m "$scratch/SHA256SUMS" -x "$here/SHA256SUMS.minisig" >/dev/null; then
        say "The signature of SHA256SUMS is good"
    else
        fail "SHA256SUMS is not signed by ikewhy's release key: it was changed, or is from somebody else. Nothing of it is installed."
    fi
}

unpack() { # FOLDER
    if command -v unzip >/dev/null; then
        unzip -q -o "$scratch/archive.zip" -d "$1" </dev/null
    elif command -v python3 >/dev/null; then
        python3 -m zipfile -e "$scratch/archive.zip" "$1"
    else
        fail "unzip is not found. On Debian and Ubuntu: apt-get install unzip"
    fi || fail "$what cannot be unpacked. Get it again."
}

from_archive() { # [lua]
    machine=linux-$(uname -m) archive=
    [ -n "$1" ] || archive=$(newest "wireshark$wireshark-$machine")
    if [ -z "$archive" ]; then
        archive=$(newest "lua-$machine")
        [ -n "$archive" ] || fail "There is no archive for Wireshark $wireshark on $(uname -m) beside this script, and no Lua edition." \
            "Put ikewhy-*-wireshark$wireshark-$machine.zip here, or ikewhy-*-lua-$machine.zip, which fits any Wireshark from 4.0 on."
        [ -n "$1" ] || say "No native plugin for Wireshark $wireshark here: taking the Lua edition, which fits any from 4.0 on."
    fi
    what=${archive##*/}
    check "$archive"
    unpack "$scratch/unpacked"
    case $what in
    *-lua-*) set -- ikewhy.lua ikewhy-engine.so ;;
    *) set -- "$wireshark/epan/ikewhy.so" ;;
    esac
    [ ! -f "$scratch/unpacked/bin/ikewhy" ] || set -- "$@" bin/ikewhy
    for name in "$@"; do
        shift
        [ -f "$scratch/unpacked/$name" ] || fail "$what has no $name. Get it again."
        set -- "$@" "$name=$scratch/unpacked/$name"
        [ "$name" != bin/ikewhy ] || set -- "$@" bin/ikewhy-batch=
    done
    put instead "$@"
    (profile_from_archive) || say "The profile with columns and colours is left out"
    case $what in
    *-wireshark*) say "After an upgrade of Wireshark from $wireshark to another minor version, run this again with the archive of that one." ;;
    esac
}

# Columns, colours and buttons; what the user changed in them is kept.
profile() { # install|uninstall [PROFILE]
    folder=$(tshark -G folders 2>/dev/null | sed -n 's/^Personal configuration:[[:space:]]*//p')
    [ -z "$folder" ] || [ ! -f "$here/profile.sh" ] || sh "$here/profile.sh" "$1" "$folder/profiles" ${2:+"$2"}
}

# From its archive, if that lies here.
profile_from_archive() {
    what=$(newest profile)
    [ -n "$what" ] || return 0
    check "$what" >/dev/null && unpack "$scratch/profile" && profile install "$scratch/profile/ikewhy" &&
        say "To see its columns and colours: Edit > Configuration Profiles > ikewhy"
}

from_archives_away() {
    take
    profile uninstall
}

# ---- What is asked for -----------------------------------------------------------------------------------------------

# Work is done by a process of its own: somebody is left to put everything back, even if that one is killed.
work() { # COMMAND...
    case $root$bin in *"$newline"*) fail "Folders with line ends in their names are not supported" ;; esac
    [ -n "$(sum_of /dev/null 2>/dev/null)" ] || fail "sha256sum is not found. On Debian and Ubuntu: apt-get install coreutils"
    if [ -r "${HOME:-}" ] && command -v flock >/dev/null; then
        exec 9<"$HOME"
        # Any other status: this file system has no such locks.
        flock -n 9 2>/dev/null || [ $? != 1 ] || fail "Another installation is at work"
    fi
    scratch=$(mktemp -d)
    trap end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    [ ! -f "$root/$unfinished" ] || say "An earlier installation was ended in the middle: what it changed is put back first"
    settle
    set +e
    (set -e && "$@")
    status=$?
    set -e
    exit $status
}

end() {
    status=$?
    set +e
    trap '' HUP INT TERM
    empty=fresh # folders: those that were made, or those that were left
    [ ! -f "$scratch/done" ] || [ -f "$root/$unfinished" ] || empty=kept
    settle
    [ ! -f "$scratch/plan" ] || remove_folders $empty <"$scratch/plan"
    [ $status = 0 ] || [ $empty = kept ] || line "Everything is as it was." >&2
    rm -rf "$scratch"
}

root= bin= wireshark= tried= unchecked= edition= what= advice=

case ${1:-} in
put)
    shift
    [ "$1" != --try ] || { tried=yes && shift; }
    case $1 in /*) root=$1 ;; *) root=$PWD/$1 ;; esac
    bin=$2
    shift 2
    what=${1%%=*}
    case $what in
    ikewhy.lua) advice="Was it built with Lua?" ;;
    *) advice="Try the Lua edition: make install EDITION=lua" ;;
    esac
    work put beside "$@"
    ;;
take)
    case $2 in /*) root=$2 ;; *) root=$PWD/$2 ;; esac
    bin=$3
    work take
    ;;
esac

for argument in "$@"; do
    case $argument in
    --unchecked) unchecked=yes ;;
    lua | remove) edition=$argument ;;
    *) fail "install.sh [--unchecked] [lua|remove]" ;;
    esac
done
[ "$(id -u)" != 0 ] || fail "Wireshark ignores personal plugins when root starts it. Run this as yourself; for everybody on the machine install the .deb."
command -v tshark >/dev/null || fail "tshark is not found. On Debian and Ubuntu: apt-get install tshark"
wireshark=$(tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
root=$(tshark -G folders 2>/dev/null | sed -n 's/^Personal Lua Plugins:[[:space:]]*//p')
bin=$HOME/.local/bin tried=yes
[ -n "$wireshark" ] && [ -n "$root" ] || fail "tshark does not tell its version and its folders (tshark -G folders); is it older than 4.0?"
advice="A plugin fits one minor version of Wireshark: take the archive of yours, $wireshark, or run: $0 lua"
case $edition in
remove) work from_archives_away ;;
*) work from_archive "$edition" ;;
esac
