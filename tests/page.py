#!/usr/bin/python3
"""Uses the page as people do, in Chromium and Firefox: page.py [chromium|firefox]... [WALK...]; needs build/web/ikewhy.html and the command.

What it says of all captures is compared with the command, field by field; it is given rubbish, faults and 300 MB; it is used with the
keyboard alone, in dark, on a phone, and on paper. All that the browsers send goes to a proxy here, which must hear nothing of it.
Pictures are in build/page/.
"""
import gzip
import itertools
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from browsers import KEYS, Chromium, Failure, Firefox

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "build/web/ikewhy.html"
COMMAND = ROOT / "build/command/ikewhy"
OUT = ROOT / "build/page"
CAPTURES = ROOT / "captures"
SECRETS = "this-is-a-secret-of-the-gateway", "0x53ec12e753ec12e753ec12e753ec12e7"


class Proxy:
    """Stands for the whole network: notes which host is asked for, and answers nothing."""

    def __init__(self):
        self.hosts = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.note, args=(connection,), daemon=True).start()

    def note(self, connection):
        with connection:
            line = connection.recv(4096).split(b"\r\n")[0].decode("latin-1")
            if line:
                self.hosts.append(line)
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def heard(self, host):
        return [line for line in self.hosts if host in line]


def check(holds, what):
    if not holds:
        raise Failure(what)


def said(*arguments):
    """What `ikewhy batch --jsonl` says: a dict for each capture, by its name."""
    shown = subprocess.run([COMMAND, "batch", "--jsonl", *map(str, arguments)], capture_output=True, text=True)
    return by_name(shown.stdout)


def by_name(lines):
    found = [json.loads(line) for line in lines.splitlines()]
    return {Path(one.pop("file")).name: one for one in found}


class Page:
    """The page in a browser, which has saved nothing yet."""

    def __init__(self, browser, page=PAGE):
        self.browser = browser
        started = time.monotonic()
        browser.go(page.as_uri())
        self.ready = time.monotonic() - started

    def give(self, *files, patience=120, wait=True):
        """Chooses files, and waits until they are read."""
        self.browser.type("#files", "\n".join(str(file) for file in files))
        if wait:
            self.wait("busy", lambda: not self.busy(), patience)

    def busy(self):
        return self.browser.script("return document.getElementById('main').getAttribute('aria-busy') === 'true'")

    def wait(self, what, holds, patience=30):
        end = time.monotonic() + patience
        while not holds():
            check(time.monotonic() < end, f"{self.browser.name}: not in time: {what}; the page says: {self.text()[:2000]}")
            time.sleep(0.05)

    def text(self):
        return self.browser.script("return document.body.innerText")

    def status(self):
        return self.browser.script("return document.getElementById('status').textContent")

    def click(self, selector):
        self.browser.script("document.querySelector(arguments[0]).click()", selector)
        time.sleep(0.1)
        self.wait("a click", lambda: not self.busy(), 120)

    def focused(self):
        return self.browser.script("const at = document.activeElement; return at.id || at.className || at.tagName")

    def shown(self):
        return self.browser.script("const shown = document.getElementById('shown'); return shown.hidden ? null : shown.innerText")

    def saved(self, selector, name):
        """What is saved by a click."""
        path = self.browser.downloads / name
        path.unlink(missing_ok=True)
        self.click(selector)
        self.wait(f"{name} is saved", lambda: path.exists() and not list(self.browser.downloads.glob("*.part")) and path.stat().st_size > 0, 60)
        time.sleep(0.2)
        return path.read_text()

    def picture(self, name):
        (OUT / f"{self.browser.name}-{name}.png").write_bytes(self.browser.picture())


def compare(name, expected, found):
    check(expected.keys() == found.keys(), f"{name}: other captures: {sorted(expected.keys() ^ found.keys())[:5]}")
    for capture, one in expected.items():
        if found[capture] != one:
            fields = [field for field in one if found[capture].get(field) != one[field]] or list(found[capture])
            raise Failure(f"{name}: {capture} differs in {fields}: {json.dumps(found[capture])[:500]} and not {json.dumps(one)[:500]}")


def corpus(browser, home):
    """Everything there is, at once: the same fields as the command's."""
    folder = home / "corpus"
    expected = said(folder)
    page = Page(browser)
    started = time.monotonic()
    page.give(*sorted(folder.iterdir()), patience=600)
    took = time.monotonic() - started
    found = by_name(page.saved("#save-json", "ikewhy.jsonl"))
    compare(browser.name, expected, found)
    negotiations = sum(len(one["negotiations"]) for one in expected.values())
    print(f"{browser.name}: {len(found)} captures, {negotiations} negotiations, all fields as the command's; read and listed in {took:.1f} s")


def with_files(browser, home):
    """Peers' files and tables of keys: the same fields as the command's."""
    cases = "ikev2-psk-differs-strongswan", "ikev1-psk-differs-strongswan", "ikev2-ike-dh-differs-strongswan", "ikev2-child-selectors-differ-strongswan"
    for case in cases:
        case = CAPTURES / case
        configuration, keys = case / "server/swanctl/swanctl.conf", case / "keys"
        tables = sorted(keys.iterdir()) if keys.is_dir() else []
        with_keys = ["--keys", keys] if tables else []
        expected = said("--peer-files", f"{configuration};{case / 'server.log'}", *with_keys, case / "client.pcap")
        page = Page(browser)
        page.give(case / "client.pcap", configuration, case / "server.log", *tables)
        compare(f"{browser.name}, {case.name} with files", expected, by_name(page.saved("#save-json", "ikewhy.jsonl")))
        alone = said(case / "client.pcap")
        check(expected != alone, f"{case.name}: files change nothing")
        if case.name == "ikev2-ike-dh-differs-strongswan":
            buttons = browser.script("return document.querySelectorAll('#report .typed button').length")
            check(buttons > 0, f"{browser.name}: no button copies what is to be typed")
    # In any order, also later; and without them again.
    page = Page(browser)
    page.give(configuration)
    check("a configuration (swanctl.conf)" in page.text(), f"{browser.name}: what is it? {page.text()}")
    page.give(case / "client.pcap")
    page.give(case / "server.log", *tables)
    compare(f"{browser.name}, later", expected, by_name(page.saved("#save-json", "ikewhy.jsonl")))
    while browser.script("return document.querySelectorAll('#others li').length"):
        page.click("#others button")
    compare(f"{browser.name}, removed", alone, by_name(page.saved("#save-json", "ikewhy.jsonl")))
    # Whose a file is that does not say it.
    anybody = home / "anybody.conf"
    anybody.write_text("connections { a { version = 2\nproposals = aes256-sha256-modp2048\n} }\n")
    case = CAPTURES / "ikev2-ike-dh-differs-strongswan"
    address = json.loads(subprocess.run([COMMAND, "batch", "--jsonl", case / "client.pcap"], capture_output=True, text=True).stdout)["negotiations"][0]["responder"]["address"]
    page = Page(browser)
    page.give(case / "client.pcap", anybody)
    page.browser.type("#others input", address + KEYS["Enter"])
    page.wait("it is read again", lambda: not page.busy())
    expected, without = (said("--peer-files", f"{owner}{anybody}", case / "client.pcap") for owner in (f"{address}=", ""))
    check(expected != without, "whose the file is changes nothing")
    compare(f"{browser.name}, {address}=", expected, by_name(page.saved("#save-json", "ikewhy.jsonl")))
    print(f"{browser.name}: peers' files and keys say what they say to the command, given before, with and after captures")


def redacted(browser, home):
    case = CAPTURES / "ikev2-ike-dh-differs-strongswan"
    page = Page(browser)
    page.give(case / "client.pcap")
    plain = page.saved("#save", "client-0.html")
    expected = subprocess.run([COMMAND, "report", "--html", "--stream", "0", case / "client.pcap"], capture_output=True, text=True).stdout
    check(plain == expected, f"{browser.name}: another report than the command's")
    address = page.browser.script("return document.querySelector('#list td:nth-child(2)').textContent.split(' ')[0]")
    page.click("#redact")
    check(address not in page.text() and page.shown(), f"{browser.name}: {address} is shown in a redacted view")
    expected = subprocess.run([COMMAND, "report", "--html", "--redact", "--stream", "0", case / "client.pcap"], capture_output=True, text=True).stdout
    check(page.saved("#save", "capture1-0.html") == expected, f"{browser.name}: another redacted report than the command's")
    compare(f"{browser.name}, redacted", said("--redact", case / "client.pcap"), by_name(page.saved("#save-json", "ikewhy.jsonl")))
    print(f"{browser.name}: a saved report is the command's, byte for byte, redacted as well")


def rubbish(browser, home):
    """What is no capture says so; the next file works."""
    page = Page(browser)
    good = CAPTURES / "ikev2-psk-up-strongswan/client.pcap"
    wanted = {
        "rubbish.pcap": (bytes(range(1, 256)) * 400, "no capture"),
        "empty.pcap": (b"", "is empty"),
        "holidays.txt": (b"what I did on my holidays\n", "no capture"),
        "a.zip": (b"PK\x03\x04" + bytes(100), "ZIP"),
        "fw.cap": (b"snoop\0\0\0" + bytes(100), "editcap"),
        "cut.pcap.gz": (gzip.compress(good.read_bytes())[:-2000], "cut short"),
        "ipsec.secrets": (f'10.1.1.1 : PSK "{SECRETS[0]}"\n'.encode(), "secrets"),
        "esp_sa": (f'"IPv4","*","*","*","CAST5-CBC [RFC2144]","{SECRETS[1]}","NULL",""\n'.encode(), "line 1"),
        "swanctl.conf": (f"secrets {{ ike-1 {{ secret = {SECRETS[0]} }} }}\nconnections {{ a {{ remote_addrs = 192.0.2.1 }} }}\n".encode(), "a configuration"),
    }
    for name, (content, _) in wanted.items():
        (home / name).write_bytes(content)
    page.give(*(home / name for name in wanted), good)
    text = page.text()
    for name, (_, words) in wanted.items():
        check(words in text.split(name)[1][:200], f"{browser.name}: {name}: not said: {words}\n{text}")
    everything = browser.script("return document.documentElement.outerHTML")
    for secret in SECRETS:
        check(secret not in everything and secret[2:] not in everything, f"{browser.name}: a secret is shown")
    check("established" in text.lower() or "IPsec tunnel" in text, f"{browser.name}: the good one is not read: {text}")
    page.picture("rubbish")
    print(f"{browser.name}: rubbish is told for what it is, and no secret is shown")


def faults(browser, home):
    """A trap, no memory, a thread that the browser ends: the page lives, and the next file works."""
    source = PAGE.read_text()
    before = 'const read = asked("read", 0);'
    check(before in source, "the worker has changed")
    trap = "new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,8,1,0,10,5,1,3,0,0,11)))"
    for fault, words in [(trap, "a fault of ikewhy"), (f"memory.grow(32000); {trap}", "more memory"), ("close(); for (;;);", None)]:
        broken = home / "broken.html"
        broken.write_text(source.replace(before, f'if (files[0].name === "bad.pcap") {{ {fault} }}\n{before}'))
        shutil.copy(CAPTURES / "ikev2-psk-up-strongswan/client.pcap", home / "bad.pcap")
        page = Page(browser, broken)
        page.give(home / "bad.pcap", CAPTURES / "ikev1-psk-up-strongswan/client.pcap", wait=False)
        if words is None:
            # It never answers: it is cancelled.
            page.wait("something to cancel", lambda: browser.script("return !document.getElementById('progress').hidden"))
            browser.script("document.getElementById('cancel').click()")
            words = "you cancelled it"
        page.wait("the end", lambda: not page.busy())
        check(words in page.text(), f"{browser.name}: {fault}: not said: {words}: {page.text()}")
        page.give(CAPTURES / "ikev2-psk-differs-strongswan/client.pcap")
        check("1 failed" in page.status(), f"{browser.name}: after {fault} nothing works: {page.text()}")
    print(f"{browser.name}: a trap, no memory and a thread that hangs are told, and the next file works")


def written(path, size, packets):
    """A capture of so many bytes, of these packets: pairs of seconds and bytes."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        while file.tell() < size:
            seconds, packet = next(packets)
            file.write(struct.pack("<IIII", int(seconds), int(seconds % 1 * 1e6), len(packet), len(packet)) + packet)


def mixed():
    """Packets as most networks have them: TCP."""
    ethernet = bytes.fromhex("0200000000010200000000020800")
    for number in itertools.count():
        length = (40, 552, 1500)[number % 3]
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, number % 65536, 0x4000, 64, 6, 0, bytes([10, 0, number % 250, 1]), bytes([192, 0, 2, 7]))
        segment = struct.pack(">HHIIBBHHH", 40000 + number % 997, 443, number, 0, 0x50, 16, 1000, 0, 0)
        yield 1767268800 + number / 1000, ethernet + head + segment + bytes(length - 40)


def of_ike():
    """The corpus again and again, each time between hosts and with SPIs of its own."""
    messages = []
    for path in sorted(CAPTURES.glob("*/client.pcap")):
        data, at = path.read_bytes(), 24
        if data[:4] != b"\xd4\xc3\xb2\xa1" or data[20:24] != b"\1\0\0\0":
            continue
        while at < len(data):
            seconds, micros, length, _ = struct.unpack("<IIII", data[at:at + 16])
            packet = data[at + 16:at + 16 + length]
            at += 16 + length
            # IPv4 without options, UDP 500 or 4500.
            if packet[12:15] == b"\x08\x00\x45" and packet[23] == 17 and {packet[34:36], packet[36:38]} & {b"\x01\xf4", b"\x11\x94"}:
                messages.append((path.parent.name, seconds + micros / 1e6, packet))
    names = {name: number for number, name in enumerate(sorted({name for name, _, _ in messages}))}
    for play in itertools.count():
        for name, seconds, packet in messages:
            packet = bytearray(packet)
            number = play * len(names) + names[name]
            packet[27:29] = packet[31:33] = number.to_bytes(3, "big")[-2:]
            spi = 42 + 4 * (packet[42:46] == bytes(4))
            packet[spi:spi + 3] = number.to_bytes(3, "big")
            yield seconds + 3600 * play, bytes(packet)


def large(browser, home):
    """300 MB at once, and more than is taken; figures of 20 MB of mixed traffic and of IKE."""
    for name, megabytes in (("mixed-20.pcap", 20), ("mixed-300.pcap", 300)):
        path = home / name
        if not path.exists():
            written(path, megabytes * 1_000_000, mixed())
        page = Page(browser)
        started = time.monotonic()
        page.give(path, wait=False)
        if megabytes == 300:
            page.wait("progress", lambda: "%" in page.text() and browser.script("return document.getElementById('bar').value") > 0.1)
        page.wait("all is read", lambda: not page.busy() and "1 capture" in page.status(), 180)
        print(f"{browser.name}: {megabytes} MB of mixed traffic in {time.monotonic() - started:.2f} s")
        check("0 negotiations" in page.status(), page.status())
    huge = home / "huge.pcap"
    with huge.open("wb") as file:
        file.write((home / "mixed-20.pcap").read_bytes()[:24])
        file.truncate(2_100_000_000)
    page = Page(browser)
    page.give(huge)
    check("has 2.1 GB, and this page reads 2.0 GB at most" in page.text(), f"{browser.name}: {page.text()}")
    ike = home / "ike-20.pcap"
    if not ike.exists():
        written(ike, 20_000_000, of_ike())
    page = Page(browser)
    started = time.monotonic()
    page.give(ike)
    print(f"{browser.name}: {ike.stat().st_size / 1e6:.0f} MB of IKE in {time.monotonic() - started:.2f} s: {page.status()}")
    check("negotiations" in page.status() and not page.status().startswith("0"), page.status())


def keyboard(browser, home):
    """Without a mouse: everything is reached, and it shows where one is."""
    page = Page(browser)
    page.give(CAPTURES / "mixed-five-at-once-strongswan/client.pcap")
    check(page.shown() is None, f"{browser.name}: of several nothing was asked for, and a report is shown")
    seen = []
    browser.script("document.body.focus(); document.activeElement.blur()")
    for _ in range(30):
        browser.keys("Tab")
        seen.append(page.focused())
        if seen[-1] == "row":
            break
    check("choose" in seen and "redact" in seen and seen[-1] == "row", f"{browser.name}: Tab does not lead there: {seen}")
    first = browser.script("return document.activeElement.getAttribute('aria-label')")
    browser.keys("ArrowDown")
    second = browser.script("return document.activeElement.getAttribute('aria-label')")
    check(first != second, f"{browser.name}: an arrow does not lead to the next row: {first}")
    outline = browser.script("return getComputedStyle(document.activeElement).outlineStyle")
    check(outline != "none", f"{browser.name}: the focus is not seen")
    browser.keys("Enter")
    page.wait("a report", lambda: not page.busy() and page.shown())
    check(page.focused() == "shown" and "negotiation 1" in page.shown(), f"{browser.name}: the report has not the focus: {page.focused()}")
    browser.keys("Escape")
    check(browser.script("return document.activeElement.getAttribute('aria-label')") == second, f"{browser.name}: Escape does not lead back")
    browser.script("document.body.focus(); document.activeElement.blur()")
    unnamed = browser.script("""return [...document.querySelectorAll('button, input, a, section, nav, progress')].filter((one) =>
      !(one.textContent.trim() && one.matches('button, a')) && !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby')
      && !(one.labels && one.labels.length)).map((one) => one.outerHTML.slice(0, 80))""")
    check(not unnamed, f"{browser.name}: a screen reader has no name for {unnamed}")
    page.click("#list .plain")
    articles = browser.script("return document.querySelectorAll('#report article').length")
    check(articles == 5, f"{browser.name}: of all five, the report tells {articles}")
    print(f"{browser.name}: the keyboard reaches everything")


def dropped(browser, home):
    """A drop, as a mouse makes it."""
    page = Page(browser)
    files = sorted((home / "corpus").iterdir())[:20]
    # A script may not read files: those that were chosen are dropped.
    browser.script("document.getElementById('files').onchange = null")
    page.give(*files, wait=False)
    browser.script("""const transfer = new DataTransfer();
      for (const file of document.getElementById('files').files) transfer.items.add(file);
      document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));""")
    page.wait("20 captures", lambda: not page.busy() and page.status().startswith("20 captures"))
    page.picture("dropped")
    print(f"{browser.name}: 20 captures are dropped at once: {page.status()}")


def looks(browser, home):
    """In light and dark, on a phone, on paper."""
    five, one = CAPTURES / "mixed-five-at-once-strongswan/client.pcap", CAPTURES / "ikev1-aggressive-ike-dh-differs-strongswan/client.pcap"
    for colours in ("light", "dark"):
        browser.colours(colours)
        for width in (1100, 390):
            browser.size(width, 900)
            page = Page(browser)
            wide = lambda: browser.script("return [document.documentElement.scrollWidth, innerWidth]")
            page.picture(f"empty-{colours}-{width}")
            page.give(five, one, one.parent / "server/swanctl/swanctl.conf", ROOT / "README.md")
            page.picture(f"list-{colours}-{width}")
            page.click("#list button.row")
            page.picture(f"report-{colours}-{width}")
            check(wide()[0] <= wide()[1], f"{browser.name}: {width} wide, it has to be scrolled sideways: {wide()}")
            ground = browser.script("return getComputedStyle(document.body).backgroundColor")
            check((ground == "rgb(255, 255, 255)") == (colours == "light"), f"{browser.name}: {colours} is {ground}")
    browser.size(1100, 900)
    browser.colours("light")
    page = Page(browser)
    page.give(one)
    pdf = OUT / f"{browser.name}.pdf"
    pdf.write_bytes(browser.paper())
    paper = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True).stdout
    check("What to change" in paper and "Choose files" not in paper and "Back to the list" not in paper, f"{browser.name}: on paper: {paper[:500]}")
    print(f"{browser.name}: light, dark, on a phone without scrolling sideways, and on paper")


ATTEMPTS = """
const done = arguments[arguments.length - 1], place = arguments[0];
const tried = {};
const policies = [];
document.addEventListener('securitypolicyviolation', (event) => policies.push(event.effectiveDirective));
const attempt = async (name, what) => { try { await what(); tried[name] = 'went'; } catch (error) { tried[name] = String(error.name || error); } };
(async () => {
  await attempt('fetch', () => fetch(place + 'fetch', {mode: 'no-cors'}));
  await attempt('request', () => new Promise((go, no) => { const r = new XMLHttpRequest(); r.onload = go; r.onerror = () => no('refused'); r.open('GET', place + 'request'); r.send(); }));
  await attempt('image', () => new Promise((go, no) => { const i = new Image(); i.onload = go; i.onerror = () => no('refused'); i.src = place + 'image'; }));
  await attempt('script', () => new Promise((go, no) => { const s = document.createElement('script'); s.onload = go; s.onerror = () => no('refused'); s.src = place + 'script'; document.head.append(s); }));
  await attempt('style', () => new Promise((go, no) => { const s = document.createElement('link'); s.rel = 'stylesheet'; s.onload = go; s.onerror = () => no('refused'); s.href = place + 'style'; document.head.append(s); }));
  await attempt('worker', () => new Promise((go, no) => {
    const text = 'fetch("' + place + 'worker", {mode: "no-cors"}).then(() => postMessage("went"), () => postMessage("refused"))';
    const w = new Worker(URL.createObjectURL(new Blob([text])));
    w.onmessage = ({data}) => data === 'went' ? go() : no(data);
    w.onerror = () => no('refused');
  }));
  navigator.sendBeacon(place + 'beacon');
  try { new WebSocket(place.replace('http', 'ws') + 'socket'); } catch {}
  const f = document.createElement('iframe'); f.src = place + 'frame'; document.body.append(f);
  setTimeout(() => done({tried, policies}), 1000);
})();
"""


def silent(browser, home, proxy):
    """Nothing is sent: neither by the page, nor by a script in it that tries."""
    control = home / "control.html"
    control.write_text("<!DOCTYPE html><title>control</title>")
    browser.go(control.as_uri())
    browser.later(ATTEMPTS, "http://control.test/")
    ways = {line.split()[1].rsplit("/", 1)[-1] for line in proxy.heard("control.test")}
    check({"fetch", "request", "script", "style", "worker", "beacon"} <= ways, f"{browser.name}: what is sent is not heard: {ways}")
    page = Page(browser)
    page.give(CAPTURES / "ikev2-psk-differs-strongswan/client.pcap")
    found = browser.later(ATTEMPTS, "http://leak.test/")
    check("went" not in found["tried"].values(), f"{browser.name}: {found}")
    check({"connect-src", "img-src"} <= set(found["policies"]), f"{browser.name}: it was not the policy that refused it: {found}")
    check(not proxy.heard("leak.test"), f"{browser.name}: {proxy.heard('leak.test')}")
    own = {line.split()[1].split("://")[-1].split("/")[0] for line in proxy.hosts if "control.test" not in line}
    print(f"{browser.name}: nothing is sent, whatever a script tries; the browser asks for {', '.join(sorted(own)) or 'nothing'} of itself")


WALKS = redacted, with_files, rubbish, faults, keyboard, dropped, looks, corpus, large


def main(arguments):
    """The walks of these browsers; with names of walks, those alone."""
    only = [walk for walk in WALKS if walk.__name__ in arguments]
    walks = only or WALKS
    arguments = [name for name in arguments if name in ("chromium", "firefox")]
    names = arguments or ["chromium", "firefox"]
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    home = ROOT / "build/home-page"
    shutil.rmtree(home, ignore_errors=True)
    corpus_folder = home / "corpus"
    corpus_folder.mkdir(parents=True)
    for capture in CAPTURES.glob("*/*.pcap*"):
        shutil.copy(capture, corpus_folder / f"{capture.parent.name}-{capture.name}")
    print(f"the page has {PAGE.stat().st_size / 1000:.0f} kB")
    for name in names:
        proxy = Proxy()
        try:
            browser = {"chromium": Chromium, "firefox": Firefox}[name](home / name, proxy=proxy.port)
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
        try:
            started = time.monotonic()
            page = Page(browser)
            page.give(CAPTURES / "ikev2-psk-differs-strongswan/client.pcap")
            print(f"{browser.name}: open in {page.ready:.2f} s, the first verdict after {time.monotonic() - started:.2f} s")
            for walk in walks:
                walk(browser, home)
            silent(browser, home, proxy)
        except Failure as failure:
            (OUT / "failed.png").write_bytes(browser.picture())
            print(f"{failure}\nThe page: {OUT / 'failed.png'}", file=sys.stderr)
            return 1
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
