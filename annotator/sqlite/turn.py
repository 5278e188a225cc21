"""The turn to write to a SQLite database, of one thread of one process of this machine at a time.

SQLite has one writer. Whoever finds it busy sleeps, up to 100 ms at a time, and may find it busy again. Here
a thread goes on as soon as the one before it in its process is done, and processes come one after the other:
the one that waits for the turn has the place next to it, so that who ends a turn isn't the next to have it.
Turn and place are locks of the kernel, which frees those of a process that ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

SUFFIX = "-turn"  # of the lock file beside the database, which is always empty
WRITING, NEXT = 0, 1  # bytes of it that are locked
POLL_SECONDS = 0.0005  # between two looks whether another process is done


class Turn:
    """The turn at one database. Without a file only the threads of this process share it."""

    def __init__(self, database: str | None) -> None:
        self._threads = threading.Lock()
        self._process = os.getpid()
        self._file = None if database is None else _opened(database)

    def take(self, seconds: float) -> float:
        """Wait for the turn; gives what is left of the seconds, all of them if nobody had it.

        Raises TimeoutError. A thread that has the turn must not take it again.
        """
        deadline = time.monotonic() + seconds
        waited = not self._threads.acquire(blocking=False)
        if waited and not self._threads.acquire(timeout=seconds):
            raise TimeoutError
        try:
            if self._file is not None:
                waited |= self._take_from_processes(self._file, deadline)
        except BaseException:
            self._threads.release()
            raise
        return max(0.0, deadline - time.monotonic()) if waited else seconds

    def _take_from_processes(self, file: int, deadline: float) -> bool:
        """Whether it had to be waited for."""
        waited = _lock(file, NEXT, deadline)
        try:
            return _lock(file, WRITING, deadline) or waited
        finally:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, NEXT)

    def end(self) -> None:
        """Let the next one write. In a process forked meanwhile nothing is done: the turn is its parent's."""
        if os.getpid() != self._process:
            return
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, WRITING)
        self._threads.release()


def _opened(database: str) -> int:
    """The lock file. It is never closed: that would free all locks that this process has on it (POSIX).

    As SQLite's own files it belongs to whom the database belongs to, should root be the first to write.
    """
    file = os.open(database + SUFFIX, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(FileNotFoundError):
        about = Path(database).stat()
        if os.geteuid() == 0:
            os.fchown(file, about.st_uid, about.st_gid)
    return file


def _lock(file: int, byte: int, deadline: float) -> bool:
    """Lock it; whether that had to be waited for. Raises TimeoutError."""
    waited = False
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):  # EAGAIN or EACCES: another process has it
            if time.monotonic() >= deadline:
                raise TimeoutError from None
            waited = True
            time.sleep(POLL_SECONDS)
        else:
            return waited


_turns: dict[str, Turn] = {}
_making = threading.Lock()


def turn_of(database: str) -> Turn:
    """The turn at the database of this name, of which this process has one. Raises OSError.

    A name that is no path (`:memory:`, `file:…`) is shared by the threads of this process alone.
    """
    turn = _turns.get(database)
    if turn is None:
        with _making:
            turn = _turns.get(database)
            if turn is None:
                is_path = not database.startswith((":memory:", "file:"))
                turn = _turns[database] = Turn(database if is_path else None)
    return turn


def _forget() -> None:
    """In a forked process: locks are the parent's, and a thread that held one here is gone."""
    global _making
    _making = threading.Lock()
    _turns.clear()


os.register_at_fork(after_in_child=_forget)
