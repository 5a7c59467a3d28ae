#!/bin/sh
# Installs what the lab needs on a bare Debian 12, and unpacks beside the system what conflicts with
# strongSwan as an installed package (Libreswan, OpenIKED) into build/lab/. Run as root; safe to run again.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/lab
stamp=$build/ready
[ -e "$stamp" ] && [ "$stamp" -nt "$0" ] && exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  user-mode-linux uml-utilities kmod iproute2 iptables iputils-ping ethtool tcpdump tshark python3 openssl \
  strongswan strongswan-swanctl strongswan-pki libcharon-extra-plugins libcharon-extauth-plugins \
  libstrongswan-extra-plugins libstrongswan-standard-plugins xl2tpd ppp ike-scan \
  libnss3-tools libldns3 libunbound8 libcurl3-nss libevent-pthreads-2.1-7 libcap-ng0 dns-root-data

mkdir -p "$build/packages"
cd "$build/packages"
for package in libreswan openiked; do
  rm -rf "$build/$package" "$package"_*.deb
  apt-get download -qq "$package" 2>/dev/null
  dpkg -x "$package"_*.deb "$build/$package"
done

# modprobe inside the User-mode Linux looks where its kernel's release says.
mkdir -p /lib/modules
for modules in /usr/lib/uml/modules/*; do
  ln -sfn "$modules" "/lib/modules/$(basename "$modules")"
done

# The account that OpenIKED gives up its privileges to, and the empty folders that the lab mounts over.
getent passwd _iked >/dev/null ||
  useradd --system --no-create-home --home-dir /run/iked --shell /usr/sbin/nologin _iked
mkdir -p /etc/iked /etc/swanctl /etc/ppp /etc/xl2tpd /usr/libexec/ipsec
touch "$stamp"
