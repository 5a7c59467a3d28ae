#!/bin/sh
# Runs a program with another system's /usr in the place of this machine's: inside.sh FOLDER PROGRAM [ARGUMENT...]
# Only this program sees it (a mount namespace). Whoever is not root needs a user namespace for that, and is nobody else in it.
set -eu
user=$(id -u) group=$(id -g)

if [ "$user" = 0 ]; then
    exec unshare --mount sh -c 'mount --bind "$1" /usr && shift && exec "$@"' sh "$@"
fi
if ! unshare --map-root-user --mount true 2>/dev/null; then
    echo "Another system's programs can be run by root, or where user namespaces are allowed to all:" \
        "sysctl kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)" >&2
    exit 1
fi
# Of two, for a mount takes root's number, and Wireshark ignores plugins under that number.
exec unshare --map-root-user --mount sh -c 'mount --bind "$3" /usr && user=$1 group=$2 && shift 3 &&
    exec unshare --user --map-user="$user" --map-group="$group" "$@"' sh "$user" "$group" "$@"
