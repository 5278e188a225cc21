"""What the server acknowledged during a trial: a 2xx, or the redirect after a form."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict


class Ledger:
    """Filled by the clients' threads, read when they have ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # (sample, variable) → the values that the API acknowledged, in order; each is used once
        self.values: dict[tuple[str, str], list[str]] = defaultdict(list)
        # (sample, variable) → a value whose call never got an answer: stored or not, both are right
        self.unknown: dict[tuple[str, str], str] = {}
        self.operations: dict[str, str] = {}  # operation id of a form's field → its value
        # (sample, username) → values of the form by variable
        self.submitted: dict[tuple[str, str], dict[str, str]] = {}
        self.approved: set[str] = set()  # ids of answers
        self.created: dict[str, str] = {}  # name of a new sample → its id
        self.saves: Counter[str] = Counter()  # acknowledged, by kind
        self.responses: Counter[str] = Counter()
        self.surprises: list[str] = []  # what no client should ever be told
        self.slowest_seconds = 0.0

    def note_response(self, what: str) -> None:
        """Count a response, or its absence."""
        with self._lock:
            self.responses[what] += 1

    def note_seconds(self, seconds: float) -> None:
        """How long it took until a call was acknowledged, with all its repeats."""
        with self._lock:
            self.slowest_seconds = max(self.slowest_seconds, seconds)

    def surprise(self, words: str) -> None:
        """Keep what should not have happened."""
        with self._lock:
            self.surprises.append(words)

    def save(self, kind: str, count: int = 1) -> None:
        """Count acknowledged saves."""
        with self._lock:
            self.saves[kind] += count

    @property
    def total(self) -> int:
        """All acknowledged saves."""
        with self._lock:
            return sum(self.saves.values())
