#!/usr/bin/python3
"""Goes through Wireshark as a person would, under Xvfb: clicks what it reads on the screen, and checks what it sees then.

    gui.py [native] [lua]    the walk with these editions, or both; screenshots of each step in build/gui/
    gui.py --docs            makes the pictures of the README as well: docs/*.png
    gui.py --pages           the report as a page in Chromium and Firefox, light, dark, on a phone and on paper: build/gui/page-*
    gui.py --look CAPTURE [FRAME]    opens a capture, goes to a packet, keeps one screenshot: build/gui/look.png

Everything is found by its text (tesseract), nothing by its place, and waited for, not slept for. What is not seen in time fails
the walk, with the last screen in build/gui/failed.png.
"""
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from PIL import Image, ImageChops, ImageGrab

from browsers import Failure, Firefox

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build/gui"
WIDTH, HEIGHT = 1500, 1000
SENTENCE = "The pre-shared keys of 10.1.1.10 and"
TITLE = "The pre-shared keys differ"
# What is read faster than the whole screen: left, top, width, height.
TOP = 0, 0, WIDTH, HEIGHT // 3
TREE = 0, 300, WIDTH, 440
STATUS = 0, HEIGHT - 60, WIDTH, 60
ABOVE_STATUS = 0, 0, WIDTH, HEIGHT - 60
SCALE = 2  # tesseract reads small letters badly
PATIENCE = 180  # seconds until something must have appeared: this machine may be busy


def run(*command, **options):
    """What a program prints."""
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **options).stdout


def simple(text):
    """Text as it is compared: letters and digits only, those that look alike made the same."""
    return re.sub(r"[^a-z0-9]", "", text.lower().translate(str.maketrans("il|!o", "11110")))


def readable(picture, scale):
    """Large dark letters on light ground, whatever the colours were."""
    grey = picture.convert("L")
    # Lines of a list have their colours from edge to edge.
    bright = grey.point(lambda value: 255 if value > 160 else 0)
    share = bright.resize((1, picture.height), Image.BOX).resize(picture.size, Image.NEAREST)
    dark = share.point(lambda value: 255 if value < 128 else 0)
    light = grey.point(lambda value: min(255, value * 255 // 220))
    inverted = ImageChops.invert(grey).point(lambda value: min(255, value * 255 // 125))
    ink = Image.composite(inverted, light, dark)
    return ink.resize((picture.width * scale, picture.height * scale), Image.BICUBIC)


def position(wanted, whole):
    """Where a text stands in another, -1 if nowhere. Of a long one, one letter in eight may be misread."""
    at = whole.find(wanted)
    if at >= 0 or len(wanted) < 16:
        return at
    for at in range(len(whole) - len(wanted) + 1):
        wrong = sum(a != b for a, b in zip(wanted, whole[at:]))
        if wrong * 8 <= len(wanted):
            return at
    return -1


class Place:
    """Where a text stands on the screen."""

    def __init__(self, left, top, right, bottom):
        self.left, self.top, self.right, self.bottom = left, top, right, bottom

    @property
    def middle(self):
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2


def read(picture, plain=False, x=0, y=0):
    """All lines of text on a picture whose upper left corner is here: lists of words with their places."""
    path = OUT / "now.png"
    if plain:
        size = picture.width * SCALE, picture.height * SCALE
        picture.convert("L").resize(size, Image.BICUBIC).save(path)
    else:
        readable(picture, SCALE).save(path)
    table = run("tesseract", path, "-", "--psm", "11", "tsv", env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    found = {}
    for row in table.splitlines()[1:]:
        cell = row.split("\t")
        if len(cell) == 12 and cell[11].strip():
            left, top, width, height = (int(c) // SCALE for c in cell[6:10])
            place = Place(x + left, y + top, x + left + width, y + top + height)
            found.setdefault(tuple(cell[1:5]), []).append((cell[11], place))
    # What stands side by side is one line, whatever tesseract thinks.
    words = sorted((word for line in found.values() for word in line), key=lambda w: (w[1].middle[1], w[1].left))
    lines = []
    for word in words:
        if lines and abs(lines[-1][-1][1].middle[1] - word[1].middle[1]) < 6:
            lines[-1].append(word)
        else:
            lines.append([word])
    for line in lines:
        line.sort(key=lambda w: w[1].left)
    return lines


def find(text, lines, below=0, right=0):
    """Where a text stands in these lines, the topmost below a line and right of another; None if nowhere. A text that ends with $
    has nothing close behind it."""
    wanted = simple(text)
    for line in lines:
        line = [word for word in line if word[1].top >= below and word[1].left >= right]
        whole, owners = "", []
        for number, (word, _) in enumerate(line):
            whole += simple(word)
            owners += [number] * len(simple(word))
        at = position(wanted, whole)
        if at >= 0:
            end = owners[min(at + len(wanted), len(owners)) - 1]
            first, last = line[owners[at]][1], line[end][1]
            if text.endswith("$") and any(word[1].left < last.right + 20 for word in line[end + 1:]):
                continue
            return Place(first.left, first.top, last.right, last.bottom)
    return None


class Screen:
    """A screen without a monitor, and what can be read on it."""

    def __init__(self):
        OUT.mkdir(parents=True, exist_ok=True)
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-ac", "-nolisten", "tcp"],
            pass_fds=[writer], stderr=(OUT / "xvfb.log").open("w"))
        os.close(writer)
        with os.fdopen(reader) as number:
            self.display = f":{number.readline().strip()}"
        os.environ["DISPLAY"] = self.display
        self.manager = self.managed()

    def managed(self):
        """The window manager, once it runs: a server that has just begun, on a busy machine, may turn it away."""
        for _ in range(PATIENCE):
            log = (OUT / "openbox.log").open("w")
            manager = subprocess.Popen(["openbox"], stdout=log, stderr=log)
            try:
                manager.wait(timeout=1)
            except subprocess.TimeoutExpired:
                return manager
        raise Failure(f"no window manager: {(OUT / 'openbox.log').read_text()}")

    def close(self):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()

    def geometry(self, window):
        """Left, top, width and height of a window, with a margin: xdotool is mistaken by the frame around it."""
        said = dict(line.split("=") for line in run("xdotool", "getwindowgeometry", "--shell", window).split())
        left, top = max(0, int(said["X"]) - 40), max(0, int(said["Y"]) - 40)
        return left, top, int(said["WIDTH"]) + 80, int(said["HEIGHT"]) + 80

    def shot(self, name):
        """Keeps what the screen shows."""
        path = OUT / f"{name}.png"
        ImageGrab.grab(xdisplay=self.display).save(path)
        return path

    def lines(self, plain=False, within=None):
        """All lines of text on the screen, in a window or a box: lists of words with their places."""
        picture, x, y = ImageGrab.grab(xdisplay=self.display), 0, 0
        if within:
            x, y, width, height = within if isinstance(within, tuple) else self.geometry(within)
            picture = picture.crop((x, y, min(x + width, WIDTH), min(y + height, HEIGHT)))
        return read(picture, plain, x, y)

    def wait(self, *texts, below=0, right=0, within=None, patience=PATIENCE):
        """Waits until all texts are there, on the screen or within a window or a box; gives the place of the first."""
        end = time.monotonic() + patience
        places, plain = [None] * len(texts), False
        while True:
            # Menus are read better as they are, coloured rows better when made plain.
            lines = self.lines(plain, within)
            places = [find(text, lines, below, right) or place for text, place in zip(texts, places)]
            plain = not plain
            if all(places):
                return places[0]
            if time.monotonic() > end:
                missing = [text for text, place in zip(texts, places) if not place]
                seen = "\n".join(" ".join(word for word, _ in line) for line in lines)
                raise Failure(f"not on the screen: {missing}\n{seen}")

    def wait_still(self, text, **where):
        """Waits until a text no longer moves: its window has its size."""
        before, now = None, self.wait(text, **where)
        while before != now.middle:
            before, now = now.middle, self.wait(text, **where)
        return now

    def wait_for(self, what, happens, patience=PATIENCE):
        """Waits for what is not to be read on the screen."""
        end = time.monotonic() + patience
        while not happens():
            if time.monotonic() > end:
                raise Failure(f"not seen: {what}")
            time.sleep(0.2)

    def clipboard(self):
        """What was copied; nothing at first."""
        return subprocess.run(["xclip", "-o", "-selection", "clipboard"], capture_output=True, text=True).stdout

    def click(self, place, button=1, times=1):
        x, y = place.middle if isinstance(place, Place) else place
        run("xdotool", "mousemove", x, y, "click", "--repeat", times, "--delay", 60, button)

    def press(self, *keys):
        run("xdotool", "key", *keys)

    def type(self, text):
        run("xdotool", "type", "--delay", 20, text)


class Wireshark:
    """Wireshark with one capture, as a user whose only plugin is this one."""

    def __init__(self, screen, capture, edition="native", options=(), profile=True):
        self.screen = screen
        home = ROOT / f"build/home-gui-{edition}"
        shutil.rmtree(home, ignore_errors=True)
        (home / ".cache").mkdir(parents=True)
        (home / ".config/wireshark").mkdir(parents=True)
        (home / "Downloads").mkdir()
        # What is to be opened in a browser is written down: a real one would stand before everything else.
        (home / "bin").mkdir()
        (home / "bin/xdg-open").write_text('#!/bin/sh\necho "$1" >>"$HOME/opened"\n')
        (home / "bin/xdg-open").chmod(0o755)
        self.home = home
        if profile:
            run(ROOT / "lua/profile.sh", "install", home / ".config/wireshark/profiles")
            options = ["-C", "ikewhy", *options]
        plugins = ROOT / "build/plugins"
        if edition == "lua":
            plugins = home / ".local/lib/wireshark/plugins"
            plugins.mkdir(parents=True)
            for name in ("ikewhy.lua", "ikewhy-engine.so"):
                (plugins / name).symlink_to(ROOT / "build/lua" / name)
        self.plugins = plugins
        # The size its window had when this user last left it.
        sizes = {"x": 0, "y": 0, "width": WIDTH - 4, "height": HEIGHT - 26}
        (home / ".config/wireshark/recent_common").write_text(
            "".join(f"gui.geometry_main_{name}: {size}\n" for name, size in sizes.items()))
        if os.getuid() == 0:
            run("chown", "-R", "65534:65534", home)
        self.log = (OUT / f"wireshark-{edition}.log").open("w")
        self.process = subprocess.Popen(
            [ROOT / "tests/user.sh", "env", f"WIRESHARK_PLUGIN_DIR={plugins}", "wireshark",
             "-o", "gui.update.enabled:FALSE", *options, "-r", capture],
            env={**os.environ, "IKEWHY_HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}, stdout=self.log, stderr=self.log)
        self.window = self.window_named(Path(capture).name)
        self.fill(self.window, 0, HEIGHT)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def quit(self):
        """As a user does, so that settings are kept."""
        run("xdotool", "windowactivate", "--sync", self.window)
        self.screen.press("ctrl+q")
        self.process.wait(timeout=PATIENCE)
        self.log.close()

    def window_named(self, name):
        """The window with this title, once it is there."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", name], capture_output=True, text=True)
            if found.stdout.split():
                return found.stdout.split()[-1]
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise Failure(f"no window {name}: {(OUT / self.log.name).read_text()}")

    def fill(self, window, top, bottom):
        """Moves a window, without its frame's help, to where it is wanted."""
        run("xdotool", "windowsize", window, WIDTH - 4, bottom - top - 26)
        run("xdotool", "windowmove", window, 0, top)

    def menu(self, *names):
        """Walks through a menu."""
        run("xdotool", "windowactivate", "--sync", self.window)
        place = self.screen.wait(names[0], within=TOP)
        self.screen.click(place)
        self.walk_menu(*names[1:], below=place.bottom)

    def walk_menu(self, *names, below=0, right=0):
        """Clicks one entry after the other: a menu opens below its name, a further one right of its own."""
        for name in names:
            place = self.screen.wait(name, below=below, right=right, within=ABOVE_STATUS)
            self.screen.click(place)
            below, right = place.top - 8, place.left + 60


def select(screen, frame):
    """Clicks into the packet list and goes to a packet."""
    screen.click(screen.wait(TITLE, within=TOP))
    screen.press("Home", *["Down"] * (frame - 1))


def show_all(screen, wireshark):
    """Takes the display filter away."""
    run("xdotool", "windowactivate", "--sync", wireshark.window)
    screen.press("ctrl+slash", "ctrl+a", "BackSpace", "Return")


def press_button(screen, wireshark, button, shown):
    """Presses a button of the profile: so many packets are left."""
    screen.click(screen.wait(button, within=TOP))
    screen.wait(f"Displayed: {shown} ", within=STATUS)
    show_all(screen, wireshark)


def read_window(screen, wireshark, name, *texts, shot=None, bottom=False):
    """What a window says; it is closed again."""
    window = wireshark.window_named(name)
    wireshark.fill(window, HEIGHT // 2 if bottom else 0, HEIGHT)
    screen.wait(*texts, within=window)
    if shot:
        screen.shot(shot)
    run("xdotool", "windowclose", window)


def walk(screen, edition):
    """From the packet list to the report. One step a paragraph."""
    wireshark = Wireshark(screen, ROOT / "captures/l2tp-psk-differs-strongswan/client.pcap", edition)

    print("the packet list has columns, the verdict on every packet, and a word where it was decided")
    screen.wait("Verdict", "Step", TITLE, "[psk-mismatch, retransmission of 5]", "Profile: ikewhy")
    screen.shot(f"{edition}-list")

    print("three packets: each has the sentence, what to change, and folded, what it is itself")
    for frame, says in [(1, "Verdict in: 7"), (7, "How to confirm: the IKE/IPsec log on 198.51.100.20"), (8, "Request in: 5")]:
        select(screen, frame)
        screen.wait(f"Frame {frame}:", SENTENCE, within=TREE)
        screen.click(screen.wait(SENTENCE, within=TREE))
        screen.press("Right")
        screen.wait("On 10.1.1.10: enter the pre-shared key again", within=TREE)
        if frame == 7:
            screen.wait("What to change: 1. On 10.1.1.10", "What to change: 1 more step", "For example strongSwan",
                "Verdict: The pre-shared keys differ (psk-mismatch)", "Comparison of both sides", "Timeline (8 messages)", within=TREE)
        if frame == 8:
            screen.click(screen.wait("Step: Informational", within=TREE))
            screen.press("Right")
            screen.wait("Outcome: The pre-shared keys differ", within=TREE)
        screen.wait(says, within=TREE)
        screen.shot(f"{edition}-packet-{frame}")
        screen.click(screen.wait(SENTENCE, within=TREE))
        screen.press("Left")

    print("a click on a link leads to its packet")
    screen.press("Right")
    screen.click(screen.wait("Verdict in: 7", within=TREE), times=2)
    screen.wait("Frame 7:", "What to change: 1. On 10.1.1.10", within=TREE)
    screen.click(screen.wait("Verdict: The pre-shared keys differ", within=TREE))
    screen.press("Right", *["Down"] * 30)  # to what stands below the edge
    screen.click(screen.wait("Evidence: 5", within=TREE), times=2)
    screen.wait("Frame 5:", within=TREE)

    print("Expert Information counts the causes")
    wireshark.menu("Analyze", "Expert Information")
    read_window(screen, wireshark, "Expert Information", "Severity", "The pre-shared keys differ", "An IKE message was repeated",
        shot=f"{edition}-expert", bottom=True)

    if edition == "native":
        print("Statistics count the negotiations")
        wireshark.menu("Statistics", "IPsec Negotiations$")
        read_window(screen, wireshark, "Negotiations.*client|IPsec Neg", "Negotiations by verdict", TITLE, "Response times",
            shot="native-statistics", bottom=True)

        print("the flow graph says steps and the verdict")
        wireshark.menu("Statistics", "Flow Graph")
        flow = wireshark.window_named("Flow")
        wireshark.fill(flow, 0, HEIGHT)
        screen.click(screen.wait_still("All Flows", within=flow))
        screen.click(screen.wait("IPsec Negotiations", within=flow))
        screen.wait("Main Mode 1 of 6", "Main Mode 5 of 6 (again)", "The pre-shared keys differ; retrans", within=flow)
        screen.shot("native-flow")
        run("xdotool", "windowclose", flow)

    print("the report opens in a window, and its button copies it")
    wireshark.menu("Tools", "IPsec Negotiations", "Report$")
    report = wireshark.window_named("Negotiations: Report$")
    wireshark.fill(report, 0, HEIGHT)
    screen.wait("1 negotiation, 1 failed", "What to change", within=report)
    screen.shot(f"{edition}-report")
    screen.click(screen.wait_still("Copy All", within=report))
    screen.wait_for("the whole report in the clipboard", lambda: is_whole_report(screen.clipboard()))
    run("xdotool", "windowclose", report)

    set_preferences(screen, wireshark)
    wireshark.close()


def is_whole_report(text):
    """From its first line to its last."""
    return text.startswith("1 negotiation, 1 failed.") and "What to change" in text and "frame 10, 76 bytes, encrypted" in text


def set_preferences(screen, wireshark):
    print("the page of preferences has all of them, and what is set there counts at once")
    screen.click(screen.wait("IKE diagnosis", within=TREE), button=3)
    wireshark.walk_menu("Protocol Preferences", "Open")
    page = wireshark.window_named("Preferences")
    screen.wait("Explain IPsec negotiations", "Configurations and logs of the peers", "Show the verdict in the Info column",
        within=page)
    screen.shot("preferences")
    files = screen.wait("Configurations and logs of the peers", within=page)
    screen.click((files.right + 60, files.middle[1]))
    screen.type(str(ROOT / "captures/l2tp-psk-differs-strongswan/server.log"))
    screen.click(screen.wait("Redact reports", within=page))
    screen.click(screen.wait("OK", within=page))
    screen.wait("IKE diagnosis: The pre-shared keys differ", "Log of the peer: server.log, line 26", within=TREE)
    wireshark.menu("Tools", "IPsec Negotiations", "Report$")
    read_window(screen, wireshark, "Negotiations: Report$", "between 10.0.0.1 and 198.18.0.1")


def zipped_profile():
    """The profile as it is handed out: one folder in a zip."""
    path = OUT / "profile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((ROOT / "lua/profile").iterdir()):
            archive.write(file, f"ikewhy/{file.name}")
    return path


def two_negotiations():
    """A capture of one that failed, and one that is up."""
    capture = OUT / "two.pcap"
    cases = ["ikev1-aggressive-psk-differs-strongswan", "ikev1-psk-up-strongswan"]
    run("mergecap", "-a", "-w", capture, *(ROOT / f"captures/{case}/client.pcap" for case in cases))
    return capture


def walk_two(screen):
    """A capture with two negotiations, one up and one failed: what tells them apart. Begins without the profile."""
    wireshark = Wireshark(screen, two_negotiations(), profile=False)

    print("the profile is imported from its zip")
    screen.wait("Profile: Default", within=STATUS)
    screen.press("ctrl+shift+a")
    profiles = wireshark.window_named("Configuration Profiles")
    screen.click(screen.wait("Import", within=profiles))
    screen.click(screen.wait("From Zip"))
    dialog = wireshark.window_named("Import|zip|Zip")
    run("xdotool", "windowfocus", "--sync", dialog)
    screen.type(str(zipped_profile()))
    screen.press("Return")
    screen.wait("1 profile(s) imported")
    screen.press("Return")
    screen.click(screen.wait("ikewhy", within=profiles))
    screen.shot("native-profiles")
    screen.press("Return")
    screen.wait("Profile: ikewhy", "Verdict", TITLE)

    print("its buttons leave failures, one negotiation, repetitions, notes")
    select(screen, 1)
    screen.wait("Frame 1:", within=TREE)
    for button, shown in [("Failures", 1), ("This negotiation", 4), ("Retransmissions", 1), ("Notes", 1)]:
        press_button(screen, wireshark, button, shown)

    print("so does the menu of a packet")
    row = screen.wait(TITLE, within=TOP)
    screen.click(row, button=3)
    wireshark.walk_menu("Conversation Filter", "IKE negotiation", below=row.top, right=row.left)
    screen.wait("Displayed: 4 ", within=STATUS)
    show_all(screen, wireshark)

    select(screen, 1)
    answer_menu(screen, wireshark, "native")
    wireshark.close()


def answer_menu(screen, wireshark, edition):
    """What the menu answers to two negotiations, the first of them selected."""
    print("every entry of the menu has its answer")
    for entry, name, *texts in [
        ("Report$", "Negotiations: Report$", "2 negotiations, 1 failed", "What to change"),
        ("Report on This Negotiation", "This Negotiation", "Negotiation 0", "What to change"),
        ("Report to Share", "Share", "2 negotiations, 1 failed", "between 198.18.0.1 and"),
        ("JSON Document", "JSON", "schema_version", "psk-mismatch"),
    ]:
        # Tools does not tell a script what is selected.
        if edition == "native" or name != "This Negotiation":
            wireshark.menu("Tools", "IPsec Negotiations", entry)
            read_window(screen, wireshark, name, *texts, shot=f"{edition}-{re.sub('[^a-z]+', '-', name.lower()).strip('-')}")

    print("the table has a row for each, whose filter can be copied")
    wireshark.menu("Tools", "IPsec Negotiations", "Table of Negotiations")
    table = wireshark.window_named("Negotiations(: Table| Table)")
    wireshark.fill(table, 0, HEIGHT // 2)
    screen.wait("Peers", "Duration", TITLE, "IPsec tunnel established", within=table)
    if edition == "native":
        screen.click(screen.wait_still("ikewhy.stream == 1", within=table))
        screen.press("ctrl+c")
        screen.wait_for("the filter in the clipboard", lambda: screen.clipboard() == "ikewhy.stream == 1")
    screen.shot(f"{edition}-table")
    run("xdotool", "windowclose", table)

    print("the report is written as a page, and the window says where")
    wireshark.menu("Tools", "IPsec Negotiations", "Report in the Browser")
    read_window(screen, wireshark, "Negotiations: HTML", "ikewhy-report", "Only you can read it", shot=f"{edition}-html")
    page = max((wireshark.home / "Downloads").iterdir(), key=lambda path: path.stat().st_mtime)
    if "2 negotiations, 1 failed." not in page.read_text():
        raise Failure(f"no report in {page}")
    opened = wireshark.home / "opened"
    screen.wait_for("the page in the browser", lambda: opened.exists() and page.as_uri() in opened.read_text())

    print("an error number of Windows is explained")
    wireshark.menu("Tools", "IPsec Negotiations", "Explain a Verdict")
    asks = wireshark.window_named("Explain a Verdict")
    label = screen.wait("Windows error or notification", within=asks)
    screen.click((label.right + 60, label.middle[1]))
    screen.type("789")
    screen.press("Return")
    read_window(screen, wireshark, "Negotiations: Explanation", "789", shot=f"{edition}-explanation")

    print("a pre-shared key is checked")
    for candidate, answer in [("another-invented-secret", "198.51.100.20: match"), ("no-secret", "198.51.100.20: mismatch")]:
        wireshark.menu("Tools", "IPsec Negotiations", "Check a Pre-Shared Key")
        asks = wireshark.window_named("Check a Pre-Shared Key")
        label = screen.wait("shown as you type, not kept", within=asks)
        screen.click((label.right + 60, label.middle[1]))
        screen.type(candidate)
        screen.press("Return")
        read_window(screen, wireshark, "Negotiations: Pre-Shared Key", answer, shot=f"{edition}-psk")


def walk_reload(screen):
    """The Lua edition's menu, and again after its script was read anew."""
    wireshark = Wireshark(screen, two_negotiations(), "lua")
    for again in (False, True):
        if again:
            print("plugins are reloaded, and all is as before")
            (wireshark.plugins / "another.lua").write_text('TextWindow.new("Scripts Are Loaded")\n')
            run("xdotool", "windowactivate", "--sync", wireshark.window)
            screen.press("ctrl+shift+l")
            run("xdotool", "windowclose", wireshark.window_named("Scripts Are Loaded"))
        select(screen, 1)
        screen.wait("IKE diagnosis", within=TREE)
        answer_menu(screen, wireshark, "lua")
    wireshark.close()


def chromium(home, page, *options):
    """Chromium without a window does one thing with a page, and complains of nothing."""
    shown = subprocess.run(
        [ROOT / "tests/user.sh", "chromium", "--headless=new", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", *options,
         page.as_uri()], env={**os.environ, "IKEWHY_HOME": str(home)}, capture_output=True, text=True)
    complaints = [line for line in shown.stderr.splitlines() if "CONSOLE" in line]
    if complaints:
        raise Failure("\n".join(complaints))


def written_page(home, case, *options):
    """The report of a case as a page."""
    page = home / f"{case}.html"
    show = [ROOT / "tests/user.sh", "tshark", "-q", "-r", ROOT / f"captures/{case}/client.pcap", *options, "-z", "ikewhy,report,html"]
    page.write_text(run(*show, env={**os.environ, "IKEWHY_HOME": str(home)}))
    if os.getuid() == 0:
        run("chown", "-R", "65534:65534", home)
    return page


def check_picture(name, picture, colours, texts):
    """What is to be read on a page, in the colours that are wanted."""
    ground = picture.convert("L").getpixel((1, 1))
    lines = read(picture)
    missing = [text for text in texts if not find(text, lines)]
    if missing or (ground < 128) != (colours == "dark"):
        raise Failure(f"{name}: not on the page, or not {colours}: {missing}\n"
                      + "\n".join(" ".join(w for w, _ in line) for line in lines))
    print(f"{name}: reads well")


def check_paper(name, pdf):
    """No page is empty, and no title stands alone at the foot of a page."""
    sheets = [sheet.split("\n") for sheet in run("pdftotext", "-layout", pdf, "-").split("\f")[:-1]]
    sheets = [[line.strip() for line in sheet if line.strip()] for sheet in sheets]
    titles = "Timeline", "Comparison of both sides", "What both sides agreed on", "What to change", "How to confirm", "Verdict", "Why"
    for number, sheet in enumerate(sheets, 1):
        if len(sheet) < 2 or sheet[-1] in titles:
            raise Failure(f"{name}: page {number} of {len(sheets)} ends badly: {sheet[-3:]}")
    print(f"{name}: prints well, on {len(sheets)} pages")


def pages():
    """The report as a page: what is to be read on it, whatever its colours and width, and on paper."""
    OUT.mkdir(parents=True, exist_ok=True)
    home = ROOT / "build/home-browser"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    one, several = "l2tp-psk-differs-strongswan", "mixed-five-at-once-strongswan"
    first = "1 negotiation, 1 failed.", "What to change", "What both sides agreed on", "Main Mode 5 of 6", "frame 5, 108 bytes, encrypted"
    all_five = "5 negotiations, 4 failed.", "IPsec tunnel established", "Negotiation 4: IKEv", "MODP-3072 (group 15)"
    wanted = [(one, 1100, "light", first), (several, 1100, "dark", all_five), (several, 500, "light", all_five[:1] + ("Other causes",))]
    written = {case: written_page(home, case) for case in (one, several)}
    given = "ikev1-aggressive-ike-dh-differs-strongswan"
    files = f"ikewhy.peer_files:{ROOT / 'captures' / given / 'server/swanctl/swanctl.conf'}"
    typed = written_page(home, given, "-o", files)

    for case, width, colours, texts in wanted:
        shot = home / "page.png"
        dark = ["--blink-settings=preferredColorScheme=0"] if colours == "dark" else []
        chromium(home, written[case], f"--window-size={width},7000", f"--screenshot={shot}", *dark)
        picture = Image.open(shot)
        picture.save(OUT / f"page-{colours}-{width}.png")
        check_picture(f"Chromium, {case}, {width} wide, {colours}", picture, colours, texts)
    pdf = home / "page.pdf"
    for case, page in written.items():
        chromium(home, page, "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
        check_paper(f"Chromium, {case}", pdf)
    for colours in ("light", "dark"):
        firefox = Firefox(home, colours)
        try:
            for case, width, wants, texts in wanted:
                if wants == colours:
                    path = OUT / f"page-firefox-{colours}-{width}.png"
                    firefox.size(width, 900)
                    firefox.go(written[case].as_uri())
                    path.write_bytes(firefox.picture())
                    check_picture(f"Firefox, {case}, {width} wide, {colours}", Image.open(path), colours, texts)
            for case, page in written.items():
                path = OUT / f"page-firefox-{colours}-{case}.pdf"
                firefox.go(page.as_uri())
                path.write_bytes(firefox.paper())
                check_paper(f"Firefox, {case}, {colours}", path)
            firefox.size(1100, 900)
            firefox.go(typed.as_uri())
            (OUT / f"page-firefox-typed-{colours}.png").write_bytes(firefox.picture())
            if (label := firefox.click(".typed button")) != "Copied":
                raise Failure(f"the button says {label}")
            print("its button copies what is to be typed")
        finally:
            firefox.close()


def keep(shot, name, height=HEIGHT):
    """A small copy of a screenshot, or of its upper part, for the documentation."""
    Image.open(OUT / f"{shot}.png").crop((0, 0, WIDTH, height)).convert("RGB").quantize(64).save(ROOT / f"docs/{name}.png", optimize=True)


def look(capture, frame=None):
    """One screenshot of a capture, at a packet whose tree is open."""
    screen = Screen()
    try:
        options = ["-g", frame] if frame else []
        wireshark = Wireshark(screen, capture, options=options)
        screen.wait("Profile: ikewhy")
        screen.click(screen.wait("IKE diagnosis"))
        screen.press("shift+Right")
        time.sleep(2)
        print(screen.shot("look"))
        wireshark.close()
    finally:
        screen.close()


def main(arguments):
    if arguments[:1] == ["--look"]:
        return look(*arguments[1:])
    if arguments[:1] == ["--pages"]:
        try:
            pages()
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
        return 0
    docs = "--docs" in arguments
    editions = [argument for argument in arguments if argument != "--docs"] or ["native", "lua"]
    screen = Screen()
    try:
        for edition in editions:
            print(f"-- {edition} edition")
            walk(screen, edition)
            if edition == "native":
                walk_two(screen)
            else:
                walk_reload(screen)
        if docs:
            keep("native-packet-7", "wireshark")
            keep("native-statistics", "statistics")
            keep("native-table", "table", HEIGHT // 2 - 26)
            keep("native-flow", "flow")
    except Failure as failure:
        print(f"{failure}\nThe screen: {screen.shot('failed')}", file=sys.stderr)
        return 1
    finally:
        screen.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
