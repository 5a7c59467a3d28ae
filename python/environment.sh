#!/bin/sh
# A virtual environment below build/python/ that has these packages of PyPI: environment.sh NAME PACKAGE...
set -eu
cd "$(dirname -- "$0")/.."
folder=build/python/$1
shift
ready="$folder/packages"
[ "$(cat "$ready" 2>/dev/null)" != "$*" ] || exit 0
rm -rf "$folder"
# Debian's Python if there is one: others may be in the way for one project alone.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --use-pep517 "$@"
echo "$*" >"$ready"
