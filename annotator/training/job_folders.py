"""The folders of local runs: made, adopted from a worker that was killed, kept where a run can go on."""

from __future__ import annotations

import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from annotator.training.models import TrainingRun
from annotator.training.runner import checkpoints

KEPT_SECONDS = 7 * 24 * 3600  # of a run that failed or was cancelled and could go on
FROZEN = "frozen"  # the file that says that the data is complete
RUN_ID = "-".join("?" * length for length in (8, 4, 4, 4, 12))
ARCHIVE = "archive.zip"  # until it is whole
RESULTS = ("model", "metrics.json", "predictions.jsonl", "about.json", ARCHIVE)


def root() -> Path:
    """Where all of them are."""
    return Path(settings.DATA_DIR) / "jobs"


def prepare(run: TrainingRun) -> Path:
    """The run's folder; one per lease, so that two workers never share one.

    One with checkpoints, left by an earlier attempt, is adopted: the run goes on with the data that it began
    with. All else of the run is deleted, and so is what nobody resumed for KEPT_SECONDS.
    """
    folder = root() / f"{run.pk}-{run.lease_id or uuid.uuid4()}"
    earlier = sorted(folder.parent.glob(f"{run.pk}-*"), key=checkpoints.newest_step, reverse=True)
    if earlier and _can_go_on(earlier[0]):
        earlier.pop(0).rename(folder)
        for name in RESULTS:
            _remove(folder / name)
        _remove(folder / "events.jsonl")  # its points are in the database
    else:
        folder.mkdir(parents=True, mode=0o700)
    for abandoned in earlier:
        _remove(abandoned)
    for other in folder.parent.glob(f"{RUN_ID}-*"):  # predictions have theirs here, too
        if _is_old(other) and not _is_active(other):
            _remove(other)
    return folder


def clear(run: TrainingRun, folder: Path) -> None:
    """Delete the folder, unless the run has left no version and could go on."""
    if run.state == TrainingRun.State.SUCCEEDED or not _can_go_on(folder):
        _remove(folder)


RESUMABLE = {TrainingRun.State.FAILED, TrainingRun.State.CANCELLED}


def can_resume(run: TrainingRun) -> bool:
    """Whether an ended run has a checkpoint to go on from."""
    if run.state not in RESUMABLE or run.is_remote:
        return False
    return any(map(_can_go_on, root().glob(f"{run.pk}-*")))


def freeze(folder: Path) -> None:
    """Say that the folder holds all the run's data."""
    (folder / FROZEN).touch()


def is_frozen(folder: Path) -> bool:
    """Whether the folder holds all the run's data."""
    return (folder / FROZEN).exists()


def _can_go_on(folder: Path) -> bool:
    return is_frozen(folder) and checkpoints.newest_step(folder) > 0


def _is_old(folder: Path) -> bool:
    """Whether nobody touched it for KEPT_SECONDS; one that another worker has just taken is not old."""
    with suppress(FileNotFoundError):
        return time.time() - folder.stat().st_mtime > KEPT_SECONDS
    return False


def _is_active(folder: Path) -> bool:
    return TrainingRun.objects.active().filter(pk=folder.name[:36]).exists()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
