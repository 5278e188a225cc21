"""The job folder as the child process sees it."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO


class Stopped(Exception):
    """Somebody cancelled the run."""


@dataclass(frozen=True)
class JobSample:
    """One sample: the paths of its images, and its values by variable name."""

    id: str
    images: list[Path]
    values: dict[str, Any]
    name: str = ""


class Job:
    """Reads the job folder and writes the events. Needs neither Django nor the variables' types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: dict[str, Any] = json.loads((folder / "job.json").read_text())
        self.params: dict[str, Any] = self.config["params"]
        self.is_stopping = False  # somebody cancelled the run
        self.is_ending_early = False  # somebody wants what there is
        self._events: TextIO = (folder / "events.jsonl").open("a", encoding="utf-8")
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGUSR1, self._request_early_end)

    def rows(self, split: str) -> list[dict[str, Any]]:
        """The lines of one split, in order."""
        with (self.folder / "samples.jsonl").open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        return [row for row in rows if row["split"] == split]

    def samples(self, split: str) -> list[JobSample]:
        """The samples of one split, in order."""
        return [
            JobSample(
                row["id"],
                [Path(path) for path in row["images"]],
                row["values"],
                row.get("name", ""),
            )
            for row in self.rows(split)
        ]

    def phase(self, name: str) -> None:
        """preparing, training or evaluating begins."""
        self._write({"phase": name})

    def progress(self, step: int, steps: int, message: str = "") -> None:
        """`step` of `steps` of the phase are done. Raises Stopped after a SIGTERM."""
        self.report(step, steps, message)
        if self.is_stopping:
            raise Stopped

    def report(self, step: int, steps: int, message: str = "") -> None:
        """As `progress`, for a loop that ends by itself when it sees `is_stopping`."""
        self._write({"step": step, "steps": steps, "message": message})

    def metric(self, name: str, step: int, value: float) -> None:
        """One point of a curve; a second value for the same name and step replaces the first."""
        self._write({"metric": name, "step": step, "value": value})

    def resumed(self, step: int) -> None:
        """The training goes on from this step: points of later ones no longer count."""
        self._write({"resumed": step})

    def left_out(self, sample_id: str, name: str, reason: str) -> None:
        """A sample that cannot be trained on."""
        self._write({"left_out": {"id": sample_id, "name": name, "reason": reason}})

    def error(self, message: str) -> None:
        """Why it fails, for a person to read."""
        self._write({"error": message})

    def _write(self, event: dict[str, Any]) -> None:
        self._events.write(json.dumps(event) + "\n")
        self._events.flush()

    def _request_stop(self, *_: Any) -> None:
        self.is_stopping = True

    def _request_early_end(self, *_: Any) -> None:
        self.is_ending_early = True
