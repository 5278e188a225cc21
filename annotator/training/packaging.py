"""The result of a finished run: an archive with its metrics, and a model version in the database."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotator.leases import HOLD_SECONDS, LeaseLost, at_intervals
from annotator.storage import writing
from annotator.training import data_states, deployment, job_folders
from annotator.training.card import card_of, readme
from annotator.training.models import ModelVersion, Task, TrainingRun

FIXED_TIME = (2020, 1, 1, 0, 0, 0)  # of every member: equal contents give an equal archive
BLOCK_BYTES = 1 << 20


def package(run: TrainingRun, folder: Path) -> ModelVersion:
    """Write the archive, then the version's row: a version never lacks its archive."""
    metrics = json.loads((folder / "metrics.json").read_text())
    version = run.task.last_version + 1
    relative = f"{run.task.workspace_id}/{run.task_id}/{run.pk}.zip"
    path = Path(settings.MODELS_ROOT) / relative
    _pack(run, folder, path, metrics, version)
    # Read before the transaction: a large archive must not keep other writers waiting.
    model = ModelVersion(
        task=run.task,
        version=version,
        run=run,
        backend=run.backend,
        metrics=metrics,
        archive=relative,
        archive_bytes=path.stat().st_size,
        archive_sha256=_digest(path),
    )
    decision = deployment.decide(Task.objects.get(pk=run.task_id), model)
    model.deployment_note = decision.reason[:500]
    _write_rows(run, model, is_deployed=decision.is_deployed)
    run.state = TrainingRun.State.SUCCEEDED
    return model


@transaction.atomic
def _write_rows(run: TrainingRun, model: ModelVersion, *, is_deployed: bool) -> None:
    phase_seconds = run.count_phase()
    model.training_seconds = int(run.worked_seconds)
    leased = TrainingRun.objects.filter(pk=run.pk).active()
    if not leased.release(
        run.lease_id,
        state=TrainingRun.State.SUCCEEDED,
        ended_at=timezone.now(),
        message="",
        phase_seconds=phase_seconds,
    ):
        raise LeaseLost
    model.save(force_insert=True)
    task = Task.objects.filter(pk=run.task_id)
    task.update(last_version=model.version, training_time=model.training_seconds)
    if is_deployed:  # unless somebody has pinned one meanwhile
        task.filter(production_pinned=False).update(
            production_version=model.version, production_reason=model.deployment_note
        )


def _pack(
    run: TrainingRun, folder: Path, path: Path, metrics: dict[str, Any], version: int
) -> None:
    """A zip with everything at its root; it gets its name when it is whole, and no part is left of another.

    Gigabytes of weights take minutes: the run's lease is held meanwhile. Raises LeaseLost.
    """
    _add_papers(run, folder, metrics, version)
    hold = at_intervals(HOLD_SECONDS, run.renew)
    model, written = folder / "model", folder / job_folders.ARCHIVE
    files = sorted(file for file in model.rglob("*") if file.is_file())
    sums = ""
    for file in files:
        hold()
        sums += f"{_digest(file)}  {file.relative_to(model)}\n"
    (model / "SHA256SUMS").write_text(sums)
    try:
        with writing.new_file(written) as target:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in [*files, model / "SHA256SUMS"]:
                    _add(archive, file, str(file.relative_to(model)), hold)
            target.flush()
            os.fsync(target.fileno())
        run.renew()  # the archive of whoever has taken the run over is not replaced
        writing.move(written, path)
    finally:
        written.unlink(missing_ok=True)


def _add_papers(run: TrainingRun, folder: Path, metrics: dict[str, Any], version: int) -> None:
    """What the archive holds beside the model's own files."""
    job = json.loads((folder / "job.json").read_text())
    card = card_of(run, folder, metrics, version)
    texts = {
        "README.md": readme(card, metrics),
        "card.json": json.dumps(card, indent=2, ensure_ascii=False),
        "training_params.json": json.dumps(job["params"], indent=2),
        "prompts.json": json.dumps(job["prompts"], indent=2, ensure_ascii=False),
        "schema.json": json.dumps(job["variables"], indent=2, ensure_ascii=False),
        "dataset_manifest.json": json.dumps(run.snapshot, indent=2, ensure_ascii=False),
    }
    for name, text in texts.items():
        (folder / "model" / name).write_text(text, encoding="utf-8")
    for name in ("metrics.json", "predictions.jsonl"):
        (folder / name).replace(folder / "model" / name)
    data_states.write_samples(folder, folder / "model" / data_states.FILE)


def _add(archive: zipfile.ZipFile, file: Path, name: str, hold: Callable[[], None]) -> None:
    """One member of the archive; `hold` is called for each block of it."""
    member = zipfile.ZipInfo(name, FIXED_TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    with archive.open(member, "w", force_zip64=True) as target, file.open("rb") as source:
        while block := source.read(BLOCK_BYTES):
            target.write(block)
            hold()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
