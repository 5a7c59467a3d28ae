#!/bin/sh
# Opens a capture in Wireshark under Xvfb, goes through it as a person would, and keeps what the screen shows:
#   build/gui/second.png   the second packet of the list
#   build/gui/wireshark.png  the packet that carries the verdict, its tree, and Expert Information
# gui.sh [CAPTURE]; with DOCS=1 the latter becomes docs/wireshark.png.
# The places of things are those of Wireshark 4.0 at this size.
set -eu
cd "$(dirname -- "$0")/.."
capture=${1:-$(tests/failed.sh)}
out=build/gui
mkdir -p $out
width=1500 upper=900 lower=250

deciding=$(tests/user.sh tshark -2 -n -r "$capture" -Y ikewhy.verdict -T fields -e frame.number | head -n 1)
[ -n "$deciding" ] || { echo "$capture: no verdict" >&2; exit 1; }

# The first number nobody uses.
number=70
while [ -e /tmp/.X11-unix/X$number ]; do number=$((number + 1)); done
DISPLAY=:$number
IKEWHY_HOME=gui
export DISPLAY IKEWHY_HOME
started=
trap 'kill $started 2>/dev/null || true' EXIT
Xvfb $DISPLAY -screen 0 ${width}x$((upper + lower))x24 -ac -nolisten tcp 2>$out/xvfb.log &
started="$!"
until xdotool getdisplaygeometry >/dev/null 2>&1; do sleep 0.2; done
openbox 2>$out/openbox.log &
started="$started $!"

tests/user.sh wireshark -o gui.update.enabled:FALSE \
    -o gui.layout_type:1 -o gui.layout_content_3:NONE -r "$capture" -g "$deciding" 2>$out/wireshark.log &
started="$started $!"

find_window() { timeout 60 xdotool search --sync --onlyvisible --name "$1" | tail -n 1; }
place() {
    xdotool windowsize --sync "$1" "$3" "$4" || true
    xdotool windowmove "$1" "$2" "$5"
    sleep 1
}
main=$(find_window "$(basename "$capture")")
[ -n "$main" ] || { cat $out/wireshark.log >&2; exit 1; }
place "$main" 0 $width $((upper - 25)) 0
sleep 2

# More room for the details: the splitter is dragged up.
xdotool mousemove 700 533 mousedown 1
for y in 525 480 430 380 330 325; do xdotool mousemove 700 $y sleep 0.2; done
xdotool mouseup 1
sleep 1

# Clicks a packet of the list, then goes to the details: the last tree is ours; keys open it.
open_packet() {
    xdotool mousemove --window "$main" 300 $((122 + 17 * ($1 - 1))) click 1
    sleep 1
    xdotool key --window "$main" Tab End "$2"
    sleep 1
}

open_packet "$deciding" shift+Right # with all below
xdotool mousemove --window "$main" 300 500 click --repeat 2 --delay 50 5 # the wheel
sleep 1

# The round light at the lower left opens Expert Information.
xdotool mousemove --window "$main" 17 $((upper - 40)) click 1
expert=$(find_window "Expert Information")
[ -n "$expert" ] || { echo "no Expert Information" >&2; exit 1; }
place "$expert" 0 $width $((lower - 25)) $((upper + 20))
import -window root $out/wireshark.png
xdotool key Escape
sleep 1

# What is said of a packet comes from what the plugin keeps: any other can be clicked.
[ "$deciding" = 2 ] && other=1 || other=2
open_packet $other Right
import -window root $out/second.png

if [ -n "${DOCS:-}" ]; then
    mkdir -p docs
    convert $out/wireshark.png -colors 64 -strip docs/wireshark.png
fi
echo "$out/second.png $out/wireshark.png"
