#!/bin/sh
# Names a capture of a failed negotiation, an L2TP/IPsec client's if there is one: for `make run` and the picture.
cd "$(dirname -- "$0")/.." || exit 1
for folder in captures/l2tp-psk-* captures/*-psk-differs-* captures/*-differs-*; do
    [ -f "$folder/client.pcap" ] && echo "$folder/client.pcap" && exit 0
done
