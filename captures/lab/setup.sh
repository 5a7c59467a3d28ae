#!/bin/sh
# Installs what the lab needs on a bare Debian 12, and unpacks beside the system what conflicts with
# strongSwan as an installed package (Libreswan, OpenIKED) into build/lab/, and the stacks of Debian's newer suites, each
# as a tree of its own with all its libraries (build/lab/SUITE-STACK). Run as root; safe to run again.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/lab
stamp=$build/ready
[ -e "$stamp" ] && [ "$stamp" -nt "$0" ] && exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  mmdebstrap conntrack user-mode-linux uml-utilities kmod iproute2 iptables iputils-ping ethtool tcpdump tshark python3 openssl \
  strongswan strongswan-swanctl strongswan-pki libcharon-extra-plugins libcharon-extauth-plugins \
  libstrongswan-extra-plugins libstrongswan-standard-plugins xl2tpd ppp ike-scan gcc libc6-dev \
  libnss3-tools libldns3 libunbound8 libcurl3-nss libevent-pthreads-2.1-7 libcap-ng0 dns-root-data

mkdir -p "$build/packages"
cd "$build/packages"
for package in libreswan openiked; do
  rm -rf "$build/$package" "$package"_*.deb
  apt-get download -qq "$package" 2>/dev/null
  dpkg -x "$package"_*.deb "$build/$package"
done

# A daemon of a newer suite runs in a chroot of its own tree. The trees know no accounts, and their links of a merged
# /usr are another package's. The mirror's lists may be older than their date of expiry allows.
tree() {
  suite=$1 stack=$2 root=$build/$1-$2
  shift 2
  [ -e "$root/ready" ] && return
  rm -rf "$root"
  mmdebstrap --quiet --variant=extract --aptopt='Acquire::Check-Valid-Until "false"' \
    --include="$(echo "$@" | tr ' ' ,)" "$suite" "$root" http://deb.debian.org/debian
  for folder in bin sbin lib lib64; do
    [ -e "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"
  done
  [ -e "$root/var/run" ] || ln -s ../run "$root/var/run"
  mkdir -p "$root/run" "$root/proc" "$root/sys" "$root/etc/iked" "$root/etc/swanctl"
  touch "$root/ready"
}
swan="strongswan-charon strongswan-swanctl libcharon-extra-plugins libcharon-extauth-plugins
  libstrongswan-extra-plugins libstrongswan-standard-plugins"
for suite in trixie sid; do
  # shellcheck disable=SC2086
  tree $suite strongswan $swan
done
tree trixie libreswan libreswan
tree trixie openiked openiked
tree trixie vpnc vpnc dash iproute2
tree trixie freeradius freeradius

# User-mode Linux on a processor with more registers than it knows of.
gcc -O2 -shared -fPIC -o "$build/xstate.so" "$top/captures/lab/xstate.c" -ldl

# modprobe inside the User-mode Linux looks where its kernel's release says.
mkdir -p /lib/modules
for modules in /usr/lib/uml/modules/*; do
  ln -sfn "$modules" "/lib/modules/$(basename "$modules")"
done

# The account that OpenIKED gives up its privileges to, and the empty folders that the lab mounts over.
getent passwd _iked >/dev/null ||
  useradd --system --no-create-home --home-dir /run/iked --shell /usr/sbin/nologin _iked
mkdir -p /etc/iked /etc/swanctl /etc/ppp /etc/xl2tpd /usr/libexec/ipsec
for root in "$build"/trixie-* "$build"/sid-*; do
  cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/services "$root/etc/" 2>/dev/null || true
done
touch "$stamp"
