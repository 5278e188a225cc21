"""The job folder as the child process sees it."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from annotator.variables import read_remote_config


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
    """Reads the job folder and writes the events."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: dict[str, Any] = json.loads((folder / "job.json").read_text())
        self.params: dict[str, Any] = self.config["params"]
        self.specs = [read_remote_config(config) for config in self.config["variables"]]
        self._events: TextIO = (folder / "events.jsonl").open("a", encoding="utf-8")
        self._stop = False
        signal.signal(signal.SIGTERM, self._request_stop)

    def drop_unused_variables(self, samples: list[JobSample]) -> None:
        """Drop the variables that no sample has a value for: there is nothing to learn or to test."""
        used = {
            name for sample in samples for name, value in sample.values.items() if value is not None
        }
        self.specs = [spec for spec in self.specs if spec.name in used]

    def samples(self, split: str) -> list[JobSample]:
        """The samples of one split, in order."""
        samples = []
        with (self.folder / "samples.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["split"] == split:
                    images = [Path(path) for path in row["images"]]
                    samples.append(JobSample(row["id"], images, row["values"], row["name"]))
        return samples

    def phase(self, name: str) -> None:
        """preparing, training or evaluating begins."""
        self._write({"phase": name})

    def progress(self, step: int, steps: int, message: str = "") -> None:
        """`step` of `steps` of the phase are done. Raises Stopped after a SIGTERM."""
        self._write({"step": step, "steps": steps, "message": message})
        if self._stop:
            raise Stopped

    def metric(self, name: str, step: int, value: float) -> None:
        """One point of a curve; a second value for the same name and step replaces the first."""
        self._write({"metric": name, "step": step, "value": value})

    def error(self, message: str) -> None:
        """Why it fails, for a person to read."""
        self._write({"error": message})

    def _write(self, event: dict[str, Any]) -> None:
        self._events.write(json.dumps(event) + "\n")
        self._events.flush()

    def _request_stop(self, *_: Any) -> None:
        self._stop = True
