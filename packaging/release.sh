#!/bin/sh
# Makes a release, in build/release/: all that is handed out, SHA256SUMS, a list of what it is made of, and with KEY=FILE a signature.
#
#   packages for each Wireshark that is reached, the Lua edition, the command, the profile, install.sh   packaging/archives.sh
#   ikewhy-V-*.whl           for Python                                                                python/build.sh
#   ikewhy-V.html            the page for browsers                                                     web/build.sh
#   ikewhy-V-windows-*       for Windows: an installer, and what is in it as a zip                     packaging/windows.sh
#   ikewhy-V-macos-*         for macOS: the Lua edition and the command                                 packaging/macos.sh
#   ikewhy-V.cdx.json        CycloneDX: every crate that is linked                                     packaging/sbom.sh
#
# The same sources give the same bytes, but for the signature. KEY is a secret key of minisign; minisign asks for its password.
set -eu
cd "$(dirname -- "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
out=build/release
new=$out.new
step() { echo "== $*" >&2; }

step "packages for Linux"
packaging/archives.sh >&2
step "the wheel"
python/build.sh >&2
step "the page"
web/build.sh >&2
step "for Windows"
packaging/windows.sh >&2
step "for macOS"
packaging/macos.sh >&2
step "what it is made of"
rm -rf "$new"
mkdir -p "$new"
packaging/sbom.sh "$new/ikewhy-$version.cdx.json"

cp build/packages/* build/wheels/*.whl build/windows/ikewhy-*-setup.exe "$new"
cp build/web/ikewhy.html "$new/ikewhy-$version.html"
rm "$new/SHA256SUMS"
# For who has Wireshark for Windows already, without an installer; of one time, so that the same content is the same file.
(cd build/macos && find . -type f | LC_ALL=C sort | zip -q -X -@ "$OLDPWD/$new/ikewhy-$version-macos-universal.zip")
(cd build/windows && find . -type f ! -name '*setup.exe' ! -name SHA256SUMS | LC_ALL=C sort |
    zip -q -X -@ "$OLDPWD/$new/ikewhy-$version-windows-x86_64.zip")
(cd "$new" && LC_ALL=C sha256sum -- * >SHA256SUMS)
if [ -n "${KEY:-}" ]; then
    step "the signature"
    minisign -S -s "$KEY" -m "$new/SHA256SUMS" -t "ikewhy $version" >&2
fi
rm -rf "$out"
mv "$new" "$out"
ls -l "$out"
