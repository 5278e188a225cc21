"""The child process of a job: started in the job's folder, stopped, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from annotator.names import storable
from annotator.training.environment import child_environment

STOP_TIMEOUT_SECONDS = 60  # from SIGTERM to SIGKILL


class Child:
    """A running child process with a session of its own; a context that kills what still runs at its end.

    Its output goes to log.txt of the folder.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        environment = child_environment(
            os.environ, folder=folder, code=settings.BASE_DIR, threads=settings.TRAINING_THREADS
        )
        with (folder / "log.txt").open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.PIPE,  # closes when this process dies: the child then ends too
                start_new_session=True,
            )
        self._stop_sent_at = 0.0

    def code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop."""
        return bool(self._stop_sent_at)

    def stop(self) -> None:
        """Ask it to stop; kill it when it has not, STOP_TIMEOUT_SECONDS after the first call."""
        if not self._stop_sent_at:
            self._stop_sent_at = time.monotonic()
            os.killpg(self._process.pid, signal.SIGTERM)
        elif time.monotonic() - self._stop_sent_at > STOP_TIMEOUT_SECONDS:
            os.killpg(self._process.pid, signal.SIGKILL)

    def end_early(self) -> None:
        """Ask it to stop training, and to evaluate and save what there is."""
        os.kill(self._process.pid, signal.SIGUSR1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


def log_tail(folder: Path, characters: int) -> str:
    """The end of what a child wrote to log.txt of the folder, as a database holds it.

    However long the log is, no more than this is read. The folder's path is left out.
    """
    with (folder / "log.txt").open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4 * characters))  # UTF-8: 4 bytes at most
        text = file.read().decode(errors="replace")
    return storable(text[-characters:].replace(str(folder), "."))


def ended_with(process: str, code: int, log: str) -> str:
    """A sentence about a child that said nothing itself: its code, and the last line of its log."""
    last = log.strip().rpartition("\n")[2]
    return f"{process} ended with code {code}. {last}".strip()


class JsonLines:
    """Reads the JSON lines of a file as they are written; an unfinished line waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> list[dict[str, Any]]:
        """The finished lines since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        finished = text.rfind(b"\n") + 1
        self._offset += finished
        return [json.loads(line) for line in text[:finished].splitlines()]
