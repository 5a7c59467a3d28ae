"""A peer: a network namespace, a mount namespace with /run and /etc of its own, and its daemons."""

import subprocess
import time
from pathlib import Path

import moments


class Peer(moments.Daemons):
    """What every stack shares. A stack overrides write, start, ready, initiate and, where it can, terminate."""

    starts_alone = False   # initiates as soon as it is started
    mounts = ()            # (folder of this peer's configuration, where the daemon looks for it)

    def __init__(self, settings, work, build):
        self.settings = settings
        self.role = settings["role"]
        self.work = Path(work)
        self.build = Path(build)
        self.etc = self.work / self.role          # configuration, exactly as the daemons read it
        self.etc.mkdir(exist_ok=True)
        self.log = self.work / f"{self.role}.log"
        self.processes = []
        self.holder = None
        # of a newer suite: the tree that the daemon runs in
        self.tree = self.build / f"{settings['suite']}-{settings['stack']}" if settings["suite"] else None

    def open(self):
        """Start the process that keeps this peer's namespaces alive."""
        self.holder = subprocess.Popen(
            ["ip", "netns", "exec", self.role, "unshare", "-m", "--propagation", "private", "sleep", "infinity"])
        # it has its own namespaces only once it has become sleep
        comm = Path(f"/proc/{self.holder.pid}/comm")
        while comm.read_text().strip() != "sleep":
            time.sleep(0.05)
        steps = ["mount -t tmpfs tmpfs /run", "mkdir -p /run/lab /run/lock /run/pluto /run/xl2tpd",
                 f"mount --bind {self.etc} /run/lab"]
        steps += [f"mount --bind {self.etc / folder} {target}" for folder, target in self.mounts]
        if self.tree:
            steps += self.grow(self.tree)
            steps += [f"mount --bind {self.etc / folder} {self.tree}{target}" for folder, target in self.mounts]
        self.run(" && ".join(steps + self.opening()))
        for command in self.settings["prepare"]:
            self.run(command, check=False)

    def grow(self, tree):
        """Shell commands that give a tree what a daemon needs of the guest, at the same paths."""
        return [f"mkdir -p {tree}{self.work}", f"mount --bind {self.work} {tree}{self.work}",
                *[f"mount --rbind /{folder} {tree}/{folder}" for folder in ("run", "proc", "sys", "dev")]]

    def inside(self, command):
        """The command as the daemon's own suite runs it."""
        return f"chroot {self.tree} {command}" if self.tree else command

    def opening(self):
        """More shell commands for the peer's own mounts."""
        return []

    def sees(self, path):
        """Whether a path exists in this peer's own mounts (without a process, which is slow in here)."""
        return Path(f"/proc/{self.holder.pid}/root{path}").exists()

    def enter(self):
        return ["nsenter", "-t", str(self.holder.pid), "-m", "-n"]

    def run(self, command, check=True, timeout=60, **options):
        return subprocess.run(self.enter() + ["sh", "-c", command], check=check, timeout=timeout, **options)

    def spawn(self, command, log=None, environment=None):
        output = open(log, "ab", buffering=0) if log else subprocess.DEVNULL
        words = [f"{k}={v}" for k, v in (environment or {}).items()]
        process = subprocess.Popen(self.enter() + ["env", *words, "sh", "-c", f"exec {command}"],
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.processes.append(process)
        return process

    def file(self, path, text, mode=0o644):
        target = self.etc / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        return target

    def wait_for(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.1)
        print(f"{self.role}: not ready after {seconds} s", flush=True)
        return False

    def log_has(self, text):
        return self.log.exists() and text in self.log.read_text(errors="replace")

    # What the stacks fill in.

    def write(self):
        pass

    def start(self):
        pass

    def ready(self):
        pass

    def initiate(self, timeout):
        """Ask for a connection; True when it came up."""
        return False

    def forget(self):
        """What a restart leaves nothing of: the kernel's SAs and policies, and what the daemon left lying about."""
        self.run("ip xfrm state flush; ip xfrm policy flush; rm -f /run/charon.* /run/pluto/pluto.* /run/iked.sock", check=False)

    def stop(self):
        """The daemon is stopped in order (it may say goodbye)."""
        for process in self.processes:
            process.terminate()

    def ping(self, count=3, size=56, interval=0.3, target=None, whole=False):
        target = target or self.settings["remote_inner"]
        source = f"-I {self.settings['inner']}"
        if self.settings["request_address"]:
            # the address that was handed out, a /32 on eth0
            source = "-I $(ip -o -4 addr show dev eth0 | sed -n 's|.* inet \\([0-9.]*\\)/32 .*|\\1|p' | head -1)"
        if self.settings["mode"] == "transport":
            source, target = "", self.settings["remote_public"]
        dont = ("-M do" if whole else "-M dont") if ":" not in target else ""
        self.run(f"ping -n -q {source} -c {count} -i {interval} -s {size} -W 1 {dont} {target}", check=False)
