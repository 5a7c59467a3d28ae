#!/bin/sh
# Installs what a target of the Makefile needs and a Debian machine lacks: setup.sh build|test|fuzz|hostile|bench|gui|pages|page|page-test|matrix|package|macos|release|python|fleet
set -eu

packages="tshark libwireshark-dev libglib2.0-dev pkg-config gcc libc6-dev util-linux"
gui="wireshark xvfb xdotool xclip openbox python3 python3-pil tesseract-ocr"
case "${1:-build}" in
test) packages="$packages $gui wireshark-common g++ valgrind libclang1 minisign gpg zip unzip" ;;
python) packages="gcc libc6-dev python3 python3-venv" ;;
fleet) packages="gcc libc6-dev python3 python3-venv default-jre-headless" ;;
fuzz) packages="tshark gcc g++ libc6-dev util-linux" ;;
hostile | bench) packages="$packages valgrind" ;;
package) packages="$packages mmdebstrap gpg zip binutils" ;;
release) packages="$packages mmdebstrap gpg zip binutils python3 python3-venv minisign" ;;
matrix) packages="$packages mmdebstrap gpg" ;;
macos) packages="mmdebstrap gpg python3 python3-venv util-linux" ;;
gui) packages="$packages $gui" ;;
pages) packages="$packages $gui chromium firefox-esr poppler-utils" ;;
page) packages="gcc libc6-dev util-linux" ;;
page-test) packages="python3 util-linux chromium chromium-driver firefox-esr poppler-utils" ;;
esac

command -v dpkg-query >/dev/null || exit 0 # not a Debian: the compiler will say what is missing

installed() {
    case $1 in
    default-jre-headless) command -v java >/dev/null ;;
    libclang1) find /usr/lib -name 'libclang-[0-9]*.so*' -o -name 'libclang.so*' | grep -q . ;;
    *) dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q ' installed$' ;;
    esac
}

# libclang's package bears its version: the default one, which libclang-dev names.
named() {
    case $1 in
    libclang1) apt-cache depends libclang-dev | sed -n 's/.*Depends: libclang-\([0-9]*\)-dev.*/libclang1-\1/p' ;;
    *) echo "$1" ;;
    esac
}

missing=
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    admin=
elif sudo -n true 2>/dev/null; then
    admin=sudo
else
    echo "Missing packages:$missing. Install them as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

add() {
    names=
    for package in $missing; do
        name=$(named "$package")
        [ -n "$name" ] || return 1
        names="$names $name"
    done
    # shellcheck disable=SC2086
    $admin env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $names >/dev/null
}

echo "Installing:$missing"
add 2>/dev/null || { $admin apt-get update -qq && add; }
