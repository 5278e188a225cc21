"""The folder that holds everything that must be kept: made, and taken by one `up` at a time."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from annotator.bootstrap import ROOT, CannotStart

WAIT_SECONDS = 2  # a predecessor that was killed may need a moment to be gone


class DataFolder:
    """An existing folder, ours alone while this process lives.

    `lock` is the open lock file. A child that inherits it holds the folder too, until it ends.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.lock = os.open(path / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotStart(
                f"Cannot write to the data folder {path}: {error.strerror}."
                " Name another one: DATA_DIR=/path python3 manage.py up"
            ) from error
        self._take()

    def _take(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(self.lock, 20, 0).decode() or "unknown"
                    raise CannotStart(
                        f"Another `manage.py up` (process {holder}) uses the data folder {self.path}."
                        " Stop it, or name another folder: DATA_DIR=/path python3 manage.py up"
                    ) from None
                time.sleep(0.1)
            else:
                os.ftruncate(self.lock, 0)
                os.pwrite(self.lock, str(os.getpid()).encode(), 0)
                return


def data_path() -> Path:
    """Where DATA_DIR points to, absolute; data/ in the project if it is not set."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").absolute()
