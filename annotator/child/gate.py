"""Bounds how many callers do something at a time, in one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Lets a caller in while fewer are inside than it allows; the others wait."""

    def __init__(self) -> None:
        self._inside = 0
        self._changed = threading.Condition()

    @contextmanager
    def entered(self, *, at_a_time: int) -> Iterator[None]:
        """Be inside, with `at_a_time` - 1 others at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside < at_a_time)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()
