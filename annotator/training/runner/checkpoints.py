"""The checkpoints of a run, in its job folder: which one is whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

FOLDER = "checkpoints"
SEAL = "whole"  # written last, when all else is on the disk


def path_of(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step is, as transformers names it."""
    return folder / FOLDER / f"checkpoint-{step}"


def seal(path: Path) -> None:
    """Flush a checkpoint to the disk and mark it as whole: it survives a machine that loses its power."""
    for file in [*(file for file in path.rglob("*") if file.is_file()), path]:
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    (path / SEAL).touch()


def newest_whole(folder: Path) -> Path | None:
    """The newest whole checkpoint of a job folder.

    Incomplete ones, left by a process that was killed, are deleted.
    """
    whole = []
    for path in (folder / FOLDER).glob("checkpoint-*"):
        if step_of(path) is None:
            shutil.rmtree(path, ignore_errors=True)
        else:
            whole.append(path)
    return max(whole, key=lambda path: step_of(path) or 0, default=None)


def step_of(path: Path) -> int | None:
    """The step of a checkpoint, by its name; None for one that is not whole."""
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() and (path / SEAL).exists() else None


def is_at_its_end(path: Path) -> bool:
    """Whether all steps were done at a whole checkpoint: its process was killed after the training."""
    state = json.loads((path / "trainer_state.json").read_text())
    return bool(state["global_step"] >= state["max_steps"])


def newest_step(folder: Path) -> int:
    """The step of the newest whole checkpoint of a job folder, 0 without any. Deletes nothing."""
    steps = [step_of(path) for path in (folder / FOLDER).glob("checkpoint-*")]
    return max((step for step in steps if step is not None), default=0)
