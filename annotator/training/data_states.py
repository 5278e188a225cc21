"""What a version was trained and tested on, sample by sample, to say later what changed.

The archive keeps `dataset_samples.jsonl`, a line per sample that was used: {"id", "name", "split", "values",
"images": [SHA-256, …], "texts": hash of prompts and settings}; no picture and no path.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.training import snapshot
from annotator.training.models import ModelVersion, Task, TrainingRun
from annotator.training.predictions import archive_lines
from annotator.training.runner.job import LEFT_OUT

FILE = "dataset_samples.jsonl"


@dataclass(frozen=True)
class DataState:
    """The data of one moment; `samples` are read once. `params` None: not to be compared."""

    samples: Iterable[dict[str, Any]]
    variables: list[dict[str, Any]]
    prompts: list[dict[str, Any]]
    params: dict[str, Any] | None = None


def write_samples(folder: Path, target: Path) -> None:
    """Write the archive's file from a job folder's samples.jsonl, line by line."""
    with target.open("w", encoding="utf-8") as lines:
        for line in _lines_of(folder):
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def _lines_of(folder: Path) -> Iterator[dict[str, Any]]:
    templates = json.loads((folder / "job.json").read_text())["templates"]
    with (folder / "samples.jsonl").open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if row["split"] == LEFT_OUT:
                continue
            parts = [[part["text"], part["resize"], part["box"]] for part in row["parts"]]
            texts = [row["type"], row["system"], row["user"], parts, templates[row["template"]]]
            yield {
                "id": row["id"],
                "name": row["name"],
                "split": row["split"],
                "values": row["values"],
                "images": [Path(part["path"]).stem for part in row["parts"]],
                "texts": hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16],
            }


def state_of_version(version: ModelVersion) -> DataState | None:
    """From its archive; None for one that keeps no samples: of a remote, or made before they were kept."""
    if next(archive_lines(version, FILE), None) is None:
        return None
    return DataState(
        map(json.loads, archive_lines(version, FILE)),
        _json_of(version, "schema.json"),
        _json_of(version, "prompts.json"),
        _json_of(version, "training_params.json"),
    )


@contextmanager
def present_state(task: Task) -> Iterator[DataState]:
    """What a training would use now; each sample is rendered. Raises BadInput when it could not start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot.write(TrainingRun(task=task), folder)
        job = json.loads((folder / "job.json").read_text())
        yield DataState(_lines_of(folder), job["variables"], job["prompts"])


def _json_of(version: ModelVersion, name: str) -> Any:
    return json.loads("".join(archive_lines(version, name)) or "[]")
