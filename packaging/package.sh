#!/bin/sh
# Makes what is handed to others, in build/packages/: package.sh VERSION [WIRESHARK=DIR...]
#
#   ikewhy_V+wireshark4.4_amd64.deb          the native plugin for everybody on a machine, fits one minor version
#   ikewhy-V-wireshark4.4-linux-x86_64.zip   the same for the personal plugin folder, and the command ikewhy
#   ikewhy-V-lua-linux-x86_64.zip            the Lua edition, fits all
#   ikewhy-V-command-linux-x86_64.zip        the command ikewhy alone, for machines without Wireshark
#   ikewhy-V-profile.zip                     columns, colours and buttons
#   install.sh                               puts the fitting one of the zips into the personal folder
#   profile.sh                               does the same with the profile; install.sh runs it
#   SHA256SUMS
#
# The plugins stand below build/plugins/ and build/lua/ already. An argument 4.4=DIR names the /usr whose libwireshark
# that one was built for.
set -eu
cd "$(dirname -- "$0")/.."
version=$1
shift
system=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
out=build/packages
work=build/packages.new
# Of all that is in the packages, so that the same content is the same package; dpkg-deb asks for it, too.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1700000000}"
rm -rf "$work" "$out"
mkdir -p "$work" "$out"

# A zip of a folder's content, the same bytes for the same content.
archive() { # FOLDER NAME
    find "$1" -exec touch -d @"$SOURCE_DATE_EPOCH" {} +
    (cd "$1" && find . -type f | LC_ALL=C sort | zip -q -X -@ "$OLDPWD/$out/$2")
}

# The command, with documents, its manual pages and completions where programs look for them below this folder.
command_into() { # /USR FOLDER OF ZSH'S
    install -D -m 755 build/command/ikewhy "$1/bin/ikewhy"
    for page in reference products l2tp-ipsec glossary; do install -D -m 644 "docs/$page.md" "$1/share/doc/ikewhy/$page.md"; done
    for page in build/command/man1/*; do install -D -m 644 "$page" "$1/share/man/man1/${page##*/}"; done
    install -D -m 644 build/command/completions/ikewhy.bash "$1/share/bash-completion/completions/ikewhy"
    install -D -m 644 build/command/completions/ikewhy.fish "$1/share/fish/vendor_completions.d/ikewhy.fish"
    install -D -m 644 build/command/completions/_ikewhy "$1/share/zsh/$2/_ikewhy"
}

native() { # WIRESHARK /USR
    plugin=build/plugins/$1/epan/ikewhy.so

    zip=$work/zip-$1
    install -D -m 644 "$plugin" "$zip/$1/epan/ikewhy.so"
    command_into "$zip" site-functions
    install -m 644 ffi/epan/COPYING packaging/README.txt "$zip"
    archive "$zip" "ikewhy-$version-wireshark$1-$system.zip"

    command -v dpkg-deb >/dev/null || return 0
    # Debian names the package after the library's number, which grows with each minor version of Wireshark.
    library=$(basename "$2"/lib/*/libwireshark.so.[0-9][0-9])
    number=${library##*.}
    folder=$(PKG_CONFIG_LIBDIR=$(echo "$2"/lib/*/pkgconfig) pkg-config --variable=plugindir wireshark)
    deb=$work/deb-$1
    install -D -m 644 "$plugin" "$deb$folder/epan/ikewhy.so"
    install -D -m 644 packaging/copyright "$deb/usr/share/doc/ikewhy/copyright"
    command_into "$deb/usr" vendor-completions
    gzip -9 -n "$deb"/usr/share/man/man1/*
    ln -s ikewhy "$deb/usr/bin/ikewhy-batch"
    mkdir -p "$deb/DEBIAN"
    cat >"$deb/DEBIAN/control" <<END
Package: ikewhy
Version: $version+wireshark$1
Architecture: $(dpkg --print-architecture)
Maintainer: the ikewhy authors <ikewhy@localhost>
Section: net
Priority: optional
Depends: libc6 (>= $(needs_libc "$plugin")), libgcc-s1, libwireshark$number | libwireshark${number}t64
Enhances: wireshark, tshark
Description: says why an IPsec negotiation failed, in Wireshark and tshark
 Reads IKEv1 and IKEv2 negotiations and puts one sentence, the evidence and what
 to change on which side into the packet's tree and the expert information.
 This package fits Wireshark $1.
END
    find "$deb" -exec touch -h -d @"$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group --build "$deb" "$out/ikewhy_$version+wireshark$1_$(dpkg --print-architecture).deb" >/dev/null
}

# The newest version of the C library that a file asks for.
needs_libc() {
    objdump -T "$1" | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1
}

for pair in "$@"; do
    native "${pair%%=*}" "${pair#*=}"
done

lua=$work/lua
install -D -m 644 build/lua/ikewhy.lua "$lua/ikewhy.lua"
install -m 644 build/lua/ikewhy-engine.so lua/COPYING packaging/README.txt "$lua"
archive "$lua" "ikewhy-$version-lua-$system.zip"

command=$work/command
command_into "$command" site-functions
install -m 644 LICENSE-MIT LICENSE-APACHE packaging/README.txt "$command"
archive "$command" "ikewhy-$version-command-$system.zip"

if [ -d lua/profile ]; then
    mkdir "$work/profile"
    cp -R lua/profile "$work/profile/ikewhy"
    archive "$work/profile" "ikewhy-$version-profile.zip"
fi

install -m 755 packaging/install.sh "$out/install.sh"
install -m 755 lua/profile.sh "$out/profile.sh"
(cd "$out" && sha256sum -- * >SHA256SUMS)
rm -rf "$work"
ls -l "$out"
