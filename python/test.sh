#!/bin/sh
# Tries the wheel that python/build.sh made: its tests over all captures, in a clean Debian 12 and a clean Debian 13 that have Python and
# nothing else, each in a new virtual environment; then here, with pandas and pyarrow; then what type checkers say: test.sh [SUITE...]
#
# Each tree is unpacked once, below build/clean/; nothing in it is changed.
set -eu
cd "$(dirname -- "$0")/.."
clean=$PWD/build/clean
wheel=$(ls "$PWD"/build/wheels/ikewhy-*manylinux*_x86_64.whl)

if [ "${1:-}" = --inside ]; then
    # ---- Inside a mount namespace of its own: what is mounted is gone when this ends. ----
    tree=$clean/python-$2
    mount -t tmpfs none "$tree/mnt"
    mkdir "$tree/mnt/project" "$tree/mnt/somebody"
    mount --rbind -o ro "$PWD" "$tree/mnt/project"
    mount -t proc none "$tree/proc"
    chown 1000:1000 "$tree/mnt/somebody"
    as_user() { chroot --userspec=1000:1000 --groups= "$tree" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME=/mnt/somebody "$@"; }
    venv=/mnt/somebody/venv
    as_user python3 -m venv "$venv"
    as_user "$venv/bin/pip" install --quiet --no-index --disable-pip-version-check "/mnt/project/build/wheels/${wheel##*/}"
    as_user "$venv/bin/python" -c 'import ikewhy; print(ikewhy.analyze("/mnt/project/captures/ikev1-psk-differs-strongswan/client.pcap")[0]["verdict"]["id"])'
    as_user env IKEWHY_WHOLE=1 IKEWHY_COMMAND=/mnt/project/build/command/ikewhy TMPDIR=/mnt/somebody \
        "$venv/bin/python" -B -m unittest discover -q /mnt/project/python/tests
    exit
fi

[ "$(id -u)" = 0 ] || { echo "Another system's tree is entered by root: run this as root." >&2 && exit 1; }
status=0
for suite in ${*:-bookworm trixie}; do
    if [ ! -e "$clean/python-$suite.ready" ]; then
        mkdir -p "$clean"
        rm -rf "${clean:?}/python-$suite"
        mmdebstrap --quiet --variant=minbase --include=python3,python3-venv --aptopt='APT::Install-Recommends "false"' \
            "$suite" "$clean/python-$suite" >"$clean/python-$suite.log" 2>&1 </dev/null ||
            { echo "$suite: left out, it is not reached ($clean/python-$suite.log)" && continue; }
        touch "$clean/python-$suite.ready"
    fi
    echo "$suite: ${wheel##*/} in a new virtual environment:"
    unshare --mount "$0" --inside "$suite" || { status=1 && echo "$suite: FAILED" >&2; }
done

echo "Here, with pandas, pyarrow and a type checker:"
python/environment.sh test pandas==2.3.3 pyarrow==26.0.1 mypy==2.4.1 pandas-stubs
export PATH="$PWD/build/python/test/bin:$PATH"
pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheel"
IKEWHY_WHOLE=1 IKEWHY_COMMAND=$PWD/build/command/ikewhy python -B -m unittest discover -q python/tests || status=1
mypy --config-file python/pyproject.toml python/ikewhy python/tests/typed.py || status=1
exit $status
