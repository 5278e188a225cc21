"""A version of one of our tasks predicts: prepares a folder, watches the child process, takes its lines."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from annotator.errors import BadInput
from annotator.predictions.actions import samples_of, source_for
from annotator.predictions.models import Prediction
from annotator.predictions.recording import Predicted, record
from annotator.predictions.samples import questions
from annotator.training.backends import BACKENDS
from annotator.training.child import Child, JsonLines, ended_with, log_tail
from annotator.training.models import ModelVersion
from annotator.training.pictures import bring, place_of
from annotator.training.runner import CANCELLED

POLL_SECONDS = 0.5
BATCH = 200  # samples of one transaction
LOG_TAIL_CHARACTERS = 2_000


def predict(prediction: Prediction) -> bool:
    """Predict all that is left; whether it was all, and not cancelled. The caller holds the lease.

    Raises BadInput, LeaseLost, or RuntimeError when the child fails.
    """
    version = prediction.version
    assert version is not None  # the caller chose by that
    folder = Path(settings.DATA_DIR) / "predictions" / f"{prediction.pk}-{prediction.lease_id}"
    for abandoned in folder.parent.glob(f"{prediction.pk}-*"):  # by a killed worker
        shutil.rmtree(abandoned, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        _prepare(prediction, version, folder)
        return _watch(prediction, version, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(prediction: Prediction, version: ModelVersion, folder: Path) -> None:
    """The unpacked archive, job.json and samples.jsonl: the contract is in training/runner/__init__.py."""
    path = Path(settings.MODELS_ROOT) / version.archive
    if not path.is_file():
        raise BadInput("The archive of this version is not on this server any more.")
    model = folder / "model"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(model)  # our own archive: its members are at its root
    job = {
        "name": version.task.name,
        "version": version.version,
        "params": json.loads((model / "training_params.json").read_text()),
        "variables": json.loads((model / "schema.json").read_text()),
        "prompts": json.loads((model / "prompts.json").read_text()),
    }
    (folder / "job.json").write_text(json.dumps(job, ensure_ascii=False))
    variables = list(prediction.dataset.variables.live())
    rows = questions(samples_of(prediction), prediction.dataset, variables, version.task)
    with (folder / "samples.jsonl").open("w", encoding="utf-8") as lines:
        for row in rows:
            if not row.is_usable:
                continue
            line = {
                "id": str(row.sample.pk),
                "split": "predict",
                "images": [place_of(image) for image in row.images],
                "values": {},
                "system": row.rendered.system,
                "user": row.rendered.user,
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    bring(folder, hold=prediction.renew)


def _watch(prediction: Prediction, version: ModelVersion, folder: Path) -> bool:
    """Start the child and write its suggestions until it ends; whether it did all."""
    variables = list(prediction.dataset.variables.live())
    source = source_for(prediction)
    lines = JsonLines(folder / "suggestions.jsonl")
    with Child(BACKENDS[version.backend].predict(folder), folder) as child:
        while True:
            code = child.code()
            new = [_predicted(line) for line in lines.new()]
            for start in range(0, len(new), BATCH):
                record(prediction, source, variables, new[start : start + BATCH])
            if code is not None:
                return _is_whole(prediction, code, folder)
            Prediction.objects.filter(pk=prediction.pk).active().renew(prediction.lease_id)
            if child.is_stopping or prediction.is_cancel_requested():
                child.stop()
            time.sleep(POLL_SECONDS)


def _predicted(line: dict[str, Any]) -> Predicted:
    return Predicted(
        sample=UUID(line["id"]),
        values=line.get("values") or {},
        confidence=line.get("confidence") or {},
        raw=line.get("raw") or "",
        problem=line.get("problem") or "",
    )


def _is_whole(prediction: Prediction, code: int, folder: Path) -> bool:
    if code == CANCELLED or prediction.is_cancel_requested():
        return False
    if code != 0:
        log = log_tail(folder, LOG_TAIL_CHARACTERS)
        raise RuntimeError(ended_with("The process that predicts", code, log))
    return True
