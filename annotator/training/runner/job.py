"""The job folder as the child process sees it."""

from __future__ import annotations

import json
import signal
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

LEFT_OUT = "left_out"  # the split of a sample that is used for nothing

# Files that ask for what SIGTERM and SIGUSR1 ask for, where the training is on another machine.
STOP, END_EARLY = "stop", "end_early"
HALF_BATCH = (
    "half_batch"  # the file that says that memory ran out with the batch that was asked for
)


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
        # Whether memory ran out in an earlier attempt: this one has half the batch, twice as often.
        self.has_half_batch = has_half_batch(folder)
        self._is_stopping = False
        self._is_ending_early = False
        self._reported = (0, 0)  # step and steps
        self._events: TextIO = (folder / "events.jsonl").open("a", encoding="utf-8")
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGUSR1, self._request_early_end)

    @property
    def is_stopping(self) -> bool:
        """Whether somebody cancelled the run, or another worker took its folder."""
        gone = not (self.folder / "job.json").exists()
        return self._is_stopping or gone or (self.folder / STOP).exists()

    @property
    def is_ending_early(self) -> bool:
        """Whether somebody wants what there is."""
        return self._is_ending_early or (self.folder / END_EARLY).exists()

    def halve_batch(self) -> None:
        """Let the next attempt have half the batch; whoever started this one starts it."""
        (self.folder / HALF_BATCH).touch()

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
        self._reported = (step, steps)
        self._write({"step": step, "steps": steps, "message": message})

    def note(self, message: str) -> None:
        """As `progress`, for what the phase does between two of its steps: their numbers stay."""
        self.progress(*self._reported, message)

    def metric(self, name: str, step: int, value: float) -> None:
        """One point of a curve; a second value for the same name and step replaces the first."""
        self._write({"metric": name, "step": step, "value": value})

    def resumed(self, step: int) -> None:
        """The training goes on from this step: points of later ones no longer count."""
        self._write({"resumed": step})

    def left_out(self, sample_id: str, name: str, reason: str, *, split: str = "train") -> None:
        """A sample that cannot be trained on, or tested with."""
        sample = {"id": sample_id, "name": name, "reason": reason}
        self._write({"left_out": sample, "split": split})

    def set_aside(self, sample_ids: Collection[str]) -> None:
        """Take these samples out of their split, for this process and all that read the folder later."""
        if not sample_ids:
            return
        path = self.folder / "samples.jsonl"
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            row["split"] = LEFT_OUT if row["id"] in sample_ids else row["split"]
        partial = path.with_suffix(".partial")
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(path)

    def error(self, message: str) -> None:
        """Why it fails, for a person to read."""
        self._write({"error": message})

    def _write(self, event: dict[str, Any]) -> None:
        self._events.write(json.dumps(event) + "\n")
        self._events.flush()

    def _request_stop(self, *_: Any) -> None:
        self._is_stopping = True

    def _request_early_end(self, *_: Any) -> None:
        self._is_ending_early = True


def has_half_batch(folder: Path) -> bool:
    """Whether memory ran out in an attempt on this job folder."""
    return (folder / HALF_BATCH).exists()


def write_event(folder: Path, event: dict[str, Any]) -> None:
    """Add one event to a job folder's, for a process that has no Job."""
    with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
        events.write(json.dumps(event) + "\n")
