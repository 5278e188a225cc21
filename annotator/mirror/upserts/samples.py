"""Samples, with their values, images and objects, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from annotator.accounts import audit
from annotator.datasets.actions import create_samples
from annotator.datasets.models import Dataset, Sample
from annotator.mirror.upserts.attachments import upsert_images, upsert_objects
from annotator.mirror.upserts.fields import merge, short, without
from annotator.mirror.upserts.values import upsert_values
from annotator.push.actions import revive
from annotator.remote import mappers
from annotator.remote.shapes import RemoteSample, RemoteSampleImage, RemoteSampleObject

# What other rows keep, and counts that change by themselves.
ELSEWHERE = (
    "sample_variables",
    "variable_values",
    "variables",
    "values",
    "images",
    "objects",
    "dataset_variables_config",
    "images_count",
    "objects_count",
    "variables_count",
)


@dataclass(frozen=True)
class Whole:
    """A sample with all that was read of it; `images` and `objects` None: unknown."""

    sample: RemoteSample
    images: tuple[RemoteSampleImage, ...] | None
    objects: tuple[RemoteSampleObject, ...] | None


def upsert_page(
    dataset: Dataset,
    page: Sequence[Whole],
    *,
    pass_at: datetime,
    read_at: datetime,
    notices: list[str],
) -> Counter[str]:
    """Bring these samples here. `pass_at` marks them as seen in this pass over the remote's list.

    Says how many are new, changed, the same and back again. The same page once more changes nothing.
    """
    wholes = list({whole.sample.id: whole for whole in page}.values())
    here = _here(dataset, [whole.sample.id for whole in wholes])
    counts: Counter[str] = Counter()
    fresh = [whole for whole in wholes if whole.sample.id not in here]
    here |= _create(dataset, fresh)
    counts["new"] = len(fresh)
    new_ids = {whole.sample.id for whole in fresh}
    for whole in wholes:
        if whole.sample.id not in new_ids:
            counts[_update(dataset, here[whole.sample.id], whole.sample, notices)] += 1
    counts["back"] = _bring_back(list(here.values()))
    pairs = [(here[whole.sample.id], whole) for whole in wholes]
    counts += upsert_images(dataset, [(row, whole.images) for row, whole in pairs], notices)
    counts += upsert_objects(dataset, [(row, whole.objects) for row, whole in pairs], notices)
    variables = list(dataset.variables.live().filter(remote_key__isnull=False))
    samples = [(row, whole.sample) for row, whole in pairs]
    counts += upsert_values(dataset, samples, variables, read_at=read_at)
    ids = [row.pk for row, _ in pairs]
    Sample.objects.filter(pk__in=ids).update(remote_seen_at=pass_at)
    return counts


def _here(dataset: Dataset, keys: Sequence[str]) -> dict[str, Sample]:
    rows = Sample.objects.filter(remote=dataset.remote_id, remote_key__in=keys)
    return {row.remote_key or "": row for row in rows}


def _create(dataset: Dataset, wholes: Sequence[Whole]) -> dict[str, Sample]:
    rows = [
        _fields(dataset, whole.sample)
        | {
            "remote": dataset.remote,
            "remote_key": whole.sample.id,
            "remote_state": without(whole.sample.raw, *ELSEWHERE),
        }
        for whole in wholes
    ]
    return {sample.remote_key or "": sample for sample in create_samples(dataset, rows, by=None)}


def _update(dataset: Dataset, row: Sample, found: RemoteSample, notices: list[str]) -> str:
    state = without(found.raw, *ELSEWHERE)
    theirs = _fields(dataset, found)
    base = _fields(dataset, mappers.sample(row.remote_state)) if row.remote_state else None
    merged = merge(row, base=base, theirs=theirs)
    for name, (before, ours, value) in merged.both.items():
        if row.remote_state != state:  # said once, when it is first seen
            audit.record(
                "sample.differs",
                workspace=dataset.workspace,
                by=None,
                target=row,
                field=name,
                base=before,
                ours=ours,
                theirs=value,
            )
            notices.append(f"{row}: {name} was changed here and on the remote; ours is kept.")
    if row.remote_state == state and not merged.changes:
        return "same"
    row.remote_state = state
    for name, value in merged.changes.items():
        setattr(row, name, value)
    row.save(update_fields=["remote_state", *merged.changes, "updated_at"])
    return "changed"


def _bring_back(rows: Sequence[Sample]) -> int:
    """Samples that were gone on the remote and are there again: everything of theirs is still here."""
    back = [row.pk for row in rows if row.remote_gone_at is not None]
    if back:
        Sample.objects.filter(pk__in=back).update(
            removed_at=None, remote_gone_at=None, updated_at=timezone.now()
        )
        revive(back)
    return len(back)


def _fields(dataset: Dataset, found: RemoteSample) -> dict[str, Any]:
    """Our fields. A text that equals the dataset's is inherited, not the sample's own (Q21)."""
    texts = dataset.remote_state or {}
    own = {
        name: value if value and value != texts.get(name) else None
        for name, value in (
            ("user_prompt", found.user_prompt),
            ("result_template", found.result_template),
        )
    }
    return {
        "name": short(found.name, 300),
        "description": found.description,
        "test": found.test,
        "type": found.type if found.type in Sample.Type.values else Sample.Type.MULTI_RANDOM,
        "input_meta_data": found.input_meta_data,
        "meta_data": found.meta_data,
        "own_user_prompt": own["user_prompt"],
        "own_result_template": own["result_template"],
    }
