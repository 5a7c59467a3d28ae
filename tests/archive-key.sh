#!/bin/sh
# Writes one key of a keyring to stdout, and nothing else that is in there: archive-key.sh FINGERPRINT KEYRING
#
# Fails unless the keyring has a primary key of this fingerprint. Nothing else counts: no subkey, which anybody may put below a
# key of their own, and no name, which anybody may choose.
set -eu
fingerprint=$1 keyring=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gpg() { command gpg --homedir "$work" --no-default-keyring --keyring "$work/keyring" --batch --quiet "$@"; }
primary_keys() { gpg --show-keys --with-colons "$1" | awk -F: '$1 == "pub" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }'; }

if [ -f "$keyring" ] && [ ! -L "$keyring" ]; then # no pipe, no device
    gpg --import --import-options import-clean "$keyring" || :
    gpg --export "$fingerprint" >"$work/key" || :
fi 2>"$work/log"
# It may have brought others with it.
if [ ! -s "$work/key" ] || [ "$(primary_keys "$work/key" 2>/dev/null)" != "$fingerprint" ]; then
    cat "$work/log" >&2
    echo "$keyring: no key $fingerprint" >&2
    exit 1
fi
cat "$work/key"
