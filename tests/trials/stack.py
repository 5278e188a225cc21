"""The server of a trial, started as `manage.py up` starts it, and what is done to it from outside."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 300  # on a busy machine, with what a killed one left behind
READY = "Ctrl-C stops everything."


class Stack:
    """`manage.py up` on one data folder: started, killed and started again."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.log = folder / "up.log"
        self.env = env
        self.host = env["BIND"]
        self.starts = 0
        self.refused_starts = 0
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready. What the killed one left may refuse a start for a while."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.starts += 1
            with self.log.open("ab") as log:
                begin = log.tell()
                self._up = subprocess.Popen(
                    [sys.executable, str(ROOT / "manage.py"), "up", "--no-demo"],
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            while self._up.poll() is None and time.monotonic() < deadline:
                if READY in self.log.read_bytes()[begin:].decode(errors="replace"):
                    return
                time.sleep(0.2)
            self.refused_starts += 1
            time.sleep(1)
        raise RuntimeError(f"`up` did not start in {START_SECONDS} s: {self.tail()}")

    @property
    def pid(self) -> int | None:
        """The process of `up`."""
        return self._up.pid if self._up else None

    @property
    def is_running(self) -> bool:
        """Whether `up` lives."""
        return self._up is not None and self._up.poll() is None

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def kill(self, name: str) -> bool:
        """`kill -9` of one of: up, worker, web, redis; whether there was one."""
        if name == "up":
            assert self._up
            self._up.kill()
            self._up.wait()
            return True
        process = self.service(name)
        if process is None:
            return False
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
            return True
        return False

    def service(self, name: str) -> psutil.Process | None:
        """The process of a service of the present `up`."""
        word = {"worker": "celery", "web": "web_server", "redis": "-server"}[name]
        with suppress(psutil.Error):
            assert self._up
            for child in psutil.Process(self._up.pid).children():
                command = child.cmdline()
                if any(word in each for each in command[:6]):
                    return child
        return None

    def is_healthy(self) -> bool:
        """Whether the web server says so."""
        connection = http.client.HTTPConnection(self.host, timeout=5)
        try:
            connection.request("GET", "/health/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End it in order; at once after a minute."""
        if self._up is None or self._up.poll() is not None:
            return
        family = psutil.Process(self._up.pid).children(recursive=True)
        self._up.terminate()
        try:
            self._up.wait(timeout=90)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()
        for process in psutil.wait_procs(family, timeout=5)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()


class Disk:
    """A small disk of its own for the data folder, to be full for a while; only root can mount one."""

    def __init__(self, folder: Path, size_mb: int) -> None:
        self.folder = folder
        self.filler = folder / "filler"
        folder.mkdir()
        options = f"size={size_mb}m,mode=700"
        command = ["mount", "-t", "tmpfs", "-o", options, "trial", str(folder)]
        self.is_mounted = os.geteuid() == 0 and shutil.which("mount") is not None
        if self.is_mounted:
            self.is_mounted = subprocess.run(command, capture_output=True).returncode == 0

    def fill(self) -> None:
        """Leave no byte free."""
        with suppress(OSError), self.filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while file.write(b"x" * size):
                        pass

    def empty(self) -> None:
        """Free it again."""
        self.filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Give it back."""
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


class Clock:
    """The wall clock of the server alone, by a preloaded library; the monotonic clock goes on."""

    def __init__(self, folder: Path) -> None:
        self.library = build_library(folder)
        self.file = folder / "clock"
        self.set(0)

    @property
    def env(self) -> dict[str, str]:
        """What the server needs to see it; nothing without the library."""
        if self.library is None:
            return {}
        return {"LD_PRELOAD": str(self.library), "TRIAL_CLOCK_FILE": str(self.file)}

    def set(self, seconds: int) -> None:
        """Let it be off by so many seconds, in one piece."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self.file)


def build_library(folder: Path) -> Path | None:
    """clock.c as a library; None without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source)]
    return library if subprocess.run(command, check=False).returncode == 0 else None
