#!/bin/sh
# Installs and uses what `make package` made, in a clean Debian 12 and a clean Debian 13: packages.sh [SUITE...]
#
# Each tree is unpacked once, below build/clean/; what a test changes there is thrown away (overlayfs).
set -eu
cd "$(dirname -- "$0")/.."
clean=$PWD/build/clean
mkdir -p "$clean"

if [ -z "${INSIDE:-}" ]; then
    [ "$(id -u)" = 0 ] || { echo "A .deb is installed by root: run this as root." >&2 && exit 1; }
    status=0
    for suite in ${*:-bookworm trixie}; do
        if [ ! -e "$clean/$suite.ready" ]; then
            rm -rf "${clean:?}/$suite"
            mmdebstrap --quiet --variant=apt --include=tshark,unzip --aptopt='APT::Install-Recommends "false"' \
                "$suite" "$clean/$suite" >"$clean/$suite.log" 2>&1 </dev/null ||
                { echo "$suite: left out, it is not reached ($clean/$suite.log)" && continue; }
            touch "$clean/$suite.ready"
        fi
        INSIDE=1 unshare --mount "$0" "$suite" || status=1
    done
    exit $status
fi

# ---- Inside a mount namespace of its own: all of it is gone when this ends. ----

suite=$1
changes=$clean/changes
rm -rf "$changes" && mkdir -p "$changes"
mount -t tmpfs none "$changes"
tree=$changes/tree
mkdir -p "$changes/upper" "$changes/lower" "$tree"
mount -t overlay -o "lowerdir=$clean/$suite,upperdir=$changes/upper,workdir=$changes/lower" none "$tree"
mkdir -p "$tree/packages" "$tree/var/somebody"
cp build/packages/* "$tree/packages/"
cp "$(tests/failed.sh)" "$tree/packages/failed.pcap"
chown 1000:1000 "$tree/var/somebody"

as_root() { chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root "$@"; }
as_user() { chroot --userspec=1000:1000 --groups= "$tree" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME=/var/somebody "$@"; }
fail() {
    echo "$suite: FAILED: $*" >&2
    exit 1
}
files() { (cd "$tree" && find usr etc opt var/somebody -xdev ! -path 'usr/share/doc' ! -path 'var/somebody/.c*' | sort); }
explains() {
    said=$("$@" tshark -q -r /packages/failed.pcap -z ikewhy,report 2>&1)
    case $said in *psk-mismatch*"What to change"*) ;; *) fail "the capture is not explained: $said" ;; esac
}
# The command alone, which needs no tshark.
answers() {
    said=$("$@" /packages/failed.pcap 2>&1)
    case $said in *psk-mismatch*"What to change"*) ;; *) fail "the command does not explain the capture: $said" ;; esac
}

version=$(as_root tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
before=$(files)

for deb in "$tree"/packages/ikewhy_*.deb; do
    name=/packages/$(basename "$deb")
    case $name in
    *+wireshark"$version"_*)
        as_root dpkg -i "$name" >/dev/null 2>&1 || fail "$name does not install"
        as_root tshark -G plugins 2>/dev/null | grep -q "^ikewhy.so.*/plugins/$version/epan/" || fail "root's tshark does not load $name"
        explains as_root
        explains as_user
        answers as_user ikewhy
        as_root dpkg --purge ikewhy >/dev/null 2>&1
        [ "$before" = "$(files)" ] || fail "$name leaves something behind"
        echo "$suite: Wireshark $version: $(basename "$name"): installs, explains a capture for root and for a user, leaves nothing"
        ;;
    *)
        ! as_root dpkg -i "$name" >/dev/null 2>&1 || fail "$name installs beside Wireshark $version"
        as_root dpkg --purge ikewhy >/dev/null 2>&1
        echo "$suite: Wireshark $version: $(basename "$name"): refused, as it should be"
        ;;
    esac
done
[ "$before" = "$(files)" ] || fail "a package that was refused leaves something behind"

archive=$(basename "$tree"/packages/ikewhy-*-command-*.zip)
as_user unzip -q -d /var/somebody/.local "/packages/$archive" 'bin/*' 'share/*'
answers as_user /var/somebody/.local/bin/ikewhy
as_user rm -r /var/somebody/.local
echo "$suite: $archive: explains a capture, alone"

for edition in "" lua; do
    as_user sh /packages/install.sh $edition >"$changes/said" 2>&1 || fail "install.sh $edition: $(cat "$changes/said")"
    case $edition in lua) loaded="^ikewhy.lua" ;; *) loaded="^ikewhy.so" ;; esac
    grep -q "$loaded" "$changes/said" || fail "install.sh $edition: $(cat "$changes/said")"
    if [ -z "$edition" ]; then
        explains as_user
        grep -q "^Installed ikewhy and ikewhy-batch" "$changes/said" && [ -x "$tree/var/somebody/.local/bin/ikewhy-batch" ] ||
            fail "install.sh does not install the command ikewhy: $(cat "$changes/said")"
    else # scripts cannot add a -z report
        said=$(as_user tshark -2 -r /packages/failed.pcap -Y ikewhy.verdict -T fields -e ikewhy.verdict 2>&1)
        [ "$said" = psk-mismatch ] || fail "install.sh lua: $said"
    fi
    as_user sh /packages/install.sh remove >/dev/null
    [ -z "$(find "$tree/var/somebody" -name '*ikewhy*')" ] || fail "install.sh remove leaves something behind"
    echo "$suite: Wireshark $version: install.sh $edition: $(grep -m 1 ^Installed "$changes/said")"
done

# A plugin of another version, put where it does not belong: Wireshark says so itself, and install.sh puts it right.
other=$(ls "$tree"/packages/*-wireshark*.zip | grep -v "wireshark$version-" | head -n 1)
if [ -n "$other" ]; then
    folder=/var/somebody/.local/lib/wireshark/plugins
    as_user mkdir -p "$folder/$version/epan"
    as_user sh -c "unzip -q -p /packages/$(basename "$other") '*/epan/ikewhy.so' >$folder/$version/epan/ikewhy.so"
    said=$(as_user tshark -G plugins 2>&1)
    case $said in *"was compiled for Wireshark version"*) ;; *) fail "no word about an old plugin: $said" ;; esac
    as_user sh /packages/install.sh >/dev/null 2>&1
    explains as_user
    echo "$suite: Wireshark $version: an old plugin: refused by Wireshark with its own words, replaced by install.sh"
fi
