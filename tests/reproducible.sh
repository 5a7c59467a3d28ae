#!/bin/sh
# Makes the packages twice, in two folders and with two homes of Cargo, and compares them byte by byte.
#
# The second home has links to the crates of the first one; by its path it is another.
set -eu
cd "$(dirname -- "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo=${CARGO_HOME:-$HOME/.cargo}
cargo fetch --locked --quiet

for folder in one a/second/much/longer; do
    mkdir -p "$work/$folder/cargo"
    for part in registry bin; do [ ! -e "$cargo/$part" ] || ln -s "$cargo/$part" "$work/$folder/cargo/$part"; done
    git ls-files -z --cached --others --exclude-standard | grep -zv '^captures/' |
        tar --create --null --files-from=- | tar --extract --directory="$work/$folder"
    mkdir -p "$work/$folder/captures"
    (cd "$work/$folder" && CARGO_HOME=$PWD/cargo make -s --no-print-directory package VERSIONS="${VERSIONS:-}" >/dev/null)
done
cd "$work"
if ! diff -u one/build/packages/SHA256SUMS a/second/much/longer/build/packages/SHA256SUMS; then
    echo "Two builds differ." >&2
    exit 1
fi
for file in one/build/plugins/*/epan/ikewhy.so one/build/lua/ikewhy-engine.so one/build/command/ikewhy; do
    if grep -q -F -e "$work" -e "$cargo" "$file"; then
        echo "$file names a folder of this machine." >&2
        exit 1
    fi
done
echo "Two builds in two folders are the same, byte by byte:"
cat one/build/packages/SHA256SUMS
