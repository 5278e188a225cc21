"""One child process, which never outlives us and whose lines carry its name."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from annotator.bootstrap import ROOT

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_output = threading.Lock()


def end_with_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """In a new child, before its program: be sent the signal when the parent is gone.

    Bound to the thread that started the child, so children start from the main thread only.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)  # it went before we asked


class Process:
    """A running command. In a session of its own, so that a terminal's Ctrl-C reaches only us."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        keep_open: Sequence[int] = (),
    ):
        self.name = name
        self._popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(keep_open),
            preexec_fn=partial(end_with_parent, os.getpid()),
        )
        self.pid = self._popen.pid
        self._reader = threading.Thread(target=self._relay, name=f"log of {name}", daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._popen.poll()

    def terminate(self) -> None:
        """Ask it to finish what it does and end."""
        with suppress(ProcessLookupError):
            self._popen.terminate()

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._reader.join(timeout=5)  # seconds; its last lines

    def _relay(self) -> None:
        assert self._popen.stdout  # made with a pipe
        with self._popen.stdout as lines:
            for line in lines:
                write(f"{self.name:8} | {line.decode(errors='replace').rstrip()}")


def write(line: str) -> None:
    """Print a line whole; a terminal that was closed must not stop us."""
    with _output, suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
