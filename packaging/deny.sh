#!/bin/sh
# Licences, sources and known vulnerabilities of everything that is built (deny.toml), by cargo-deny, which is built at first.
set -eu
cd "$(dirname -- "$0")/.."
export PATH="$PATH:$PWD/build/tools/bin"
command -v cargo-deny >/dev/null || ${CARGO:-cargo} install --locked --quiet --root build/tools cargo-deny
cargo-deny --locked check licenses bans sources
if cargo-deny --locked fetch >/dev/null 2>&1; then
    cargo-deny --locked check --disable-fetch advisories
else
    echo "advisories: left out, their database cannot be fetched"
fi
