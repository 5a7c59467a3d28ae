"""Chromium and Firefox without a window, which do what they are asked by WebDriver: tests/gui.py, tests/page.py.

Both run as the ordinary user of tests/user.sh, with their settings in a folder of a test. With a proxy, all that they send goes there.
"""
import base64
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180  # seconds until a browser must have answered: this machine may be busy
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "ArrowUp": "\ue013", "ArrowDown": "\ue015"}


class Failure(Exception):
    """What was wanted did not come."""


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Browser:
    """What both are asked alike; `ask` hands a command on."""

    def start(self, home, *command):
        """Begins it as an ordinary user, at home in this folder, where it saves files, too."""
        self.downloads = home / "downloads"
        self.downloads.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "65534:65534", home], check=True)
        self.process = subprocess.Popen([str(word) for word in (ROOT / "tests/user.sh", *command)],
                                        env={**os.environ, "IKEWHY_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def waited(self, try_it):
        """What this gives, once somebody listens."""
        for _ in range(10 * PATIENCE):
            try:
                return try_it()
            except OSError:
                time.sleep(0.1)
        raise Failure(f"{self.name} does not answer")

    def go(self, url):
        self.ask("Navigate", url=url)

    def script(self, text, *arguments):
        return self.ask("ExecuteScript", script=text, args=list(arguments))

    def later(self, text, *arguments):
        """The same of a script that answers by a call of its last argument."""
        return self.ask("ExecuteAsyncScript", script=text, args=list(arguments))

    def element(self, selector):
        return next(iter(self.ask("FindElement", using="css selector", value=selector).values()))

    def click(self, selector):
        """Clicks; gives the text of what was clicked, a moment later."""
        element = self.element(selector)
        self.ask("ElementClick", id=element)
        time.sleep(0.5)
        return self.ask("GetElementText", id=element)

    def type(self, selector, text):
        self.ask("ElementSendKeys", id=self.element(selector), text=text)

    def keys(self, *names):
        """Presses keys, one after another."""
        strokes = [{"type": kind, "value": KEYS[name]} for name in names for kind in ("keyDown", "keyUp")]
        self.ask("PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def paper(self):
        """The page as it is printed, a PDF."""
        return base64.b64decode(self.ask("Print", background=True))

    def close(self):
        self.process.terminate()
        self.process.wait()


class Chromium(Browser):
    """By chromedriver, over HTTP."""

    name = "Chromium"
    WAYS = {
        "Navigate": ("POST", "/url"), "ExecuteScript": ("POST", "/execute/sync"), "ExecuteAsyncScript": ("POST", "/execute/async"),
        "FindElement": ("POST", "/element"), "ElementClick": ("POST", "/element/{id}/click"), "GetElementText": ("GET", "/element/{id}/text"),
        "ElementSendKeys": ("POST", "/element/{id}/value"), "PerformActions": ("POST", "/actions"), "Print": ("POST", "/print"),
        "Devtools": ("POST", "/goog/cdp/execute"),
    }

    def __init__(self, home, proxy=None):
        port = free_port()
        self.root = f"http://127.0.0.1:{port}/session"
        self.start(home, "chromedriver", f"--port={port}")
        options = ["--headless=new", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={home}/chromium", "--window-size=1100,900"]
        if proxy:
            options += [f"--proxy-server=127.0.0.1:{proxy}", "--proxy-bypass-list=<-loopback>", "--disable-background-networking"]
        settings = {"download.default_directory": str(self.downloads), "download.prompt_for_download": False,
                    "profile.default_content_setting_values.automatic_downloads": 1}
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": options, "prefs": settings},
                  "timeouts": {"script": 60_000, "pageLoad": 60_000}}
        session = self.waited(lambda: self.send("POST", "", {"capabilities": {"alwaysMatch": wanted}}))
        self.root += "/" + session["sessionId"]

    def send(self, method, path, parameters):
        body = json.dumps(parameters).encode() if method == "POST" else None
        request = urllib.request.Request(self.root + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            # Not by a proxy of the environment.
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Failure(f"Chromium: {json.load(error)['value']['message']}") from error

    def ask(self, command, **parameters):
        method, path = self.WAYS[command]
        return self.send(method, path.format(id=parameters.pop("id", "")), parameters)

    def devtools(self, command, **parameters):
        return self.ask("Devtools", cmd=command, params=parameters)

    def size(self, width, height):
        # A window is never as narrow as a phone.
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)

    def colours(self, colours):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": colours}])

    def picture(self):
        """A picture of the whole page."""
        return base64.b64decode(self.devtools("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def close(self):
        try:
            self.send("DELETE", "", {})
        except (Failure, OSError):
            pass
        super().close()


class Firefox(Browser):
    """By its own protocol, Marionette: messages of JSON, each after its length."""

    name = "Firefox"

    def __init__(self, home, colours="light", proxy=None):
        profile = home / f"firefox-{colours}"
        profile.mkdir(parents=True)
        port = free_port()
        settings = {"marionette.port": port, "layout.css.prefers-color-scheme.content-override": 0 if colours == "dark" else 1,
                    "browser.download.folderList": 2, "browser.download.dir": str(home / "downloads")}
        if proxy:
            settings |= {"network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": proxy,
                         "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": proxy, "network.proxy.allow_hijacking_localhost": True}
        (profile / "user.js").write_text("".join(f'user_pref("{name}", {json.dumps(value)});\n' for name, value in settings.items()))
        self.start(home, "firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile)
        self.connection = self.waited(lambda: socket.create_connection(("127.0.0.1", port)))
        self.read, self.asked = b"", 0
        self.message()
        self.ask("NewSession", capabilities={"alwaysMatch": {"timeouts": {"script": 60_000, "pageLoad": 60_000}}})

    def message(self):
        """The next message."""
        while True:
            length, colon, rest = self.read.partition(b":")
            if colon and len(rest) >= int(length):
                self.read = rest[int(length):]
                return json.loads(rest[:int(length)])
            more = self.connection.recv(1 << 20)
            if not more:
                raise Failure("Firefox has ended")
            self.read += more

    def ask(self, command, **parameters):
        if ":" not in command:
            command = f"WebDriver:{command}"
        self.asked += 1
        message = json.dumps([0, self.asked, command, parameters]).encode()
        self.connection.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, answer = self.message()
        if error:
            raise Failure(f"Firefox: {error}")
        return answer["value"] if "value" in answer else answer

    def size(self, width, height):
        self.ask("SetWindowRect", width=width, height=height)

    def colours(self, colours):
        self.ask("Marionette:SetContext", value="chrome")
        self.script("Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0])", 0 if colours == "dark" else 1)
        self.ask("Marionette:SetContext", value="content")

    def picture(self):
        """A picture of the whole page."""
        return base64.b64decode(self.ask("TakeScreenshot", full=True))
