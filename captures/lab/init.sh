#!/bin/sh
# PID 1 of the User-mode Linux: the host's root file system is mounted as it is; add what a kernel needs,
# run the scenario, switch off. LAB_CASE (the case's work folder) and LAB_TIME come from the kernel's command line.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
# A checkout below /tmp must stay visible.
case $LAB_CASE in /tmp/*) ;; *) mount -t tmpfs tmpfs /tmp ;; esac
mount -t tmpfs tmpfs /var/lib/misc 2>/dev/null
[ -e /dev/urandom ] || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts && mount -t devpts devpts /dev/pts
mkdir -p /run/netns /run/lock /var/run
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
date -s "@$LAB_TIME" >/dev/null
ip link set lo up
modprobe -qa xfrm_user esp4 esp6 ah4 af_key xfrm4_tunnel l2tp_ppp iptable_filter ip6table_filter sch_netem veth \
  authenc cbc gcm ctr echainiv seqiv sha512_generic sha1_generic hmac des_generic md5 cmac tun 2>/dev/null
python3 "$(dirname "$0")/guest.py" "$LAB_CASE" >"$LAB_CASE/guest.log" 2>&1
echo "$?" >"$LAB_CASE/status"
sync
echo o >/proc/sysrq-trigger
sleep 10
