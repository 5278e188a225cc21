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
class CompleteSample:
    """A sample with all that was read of it; `images` and `objects` None: unknown."""

    sample: RemoteSample
    images: tuple[RemoteSampleImage, ...] | None
    objects: tuple[RemoteSampleObject, ...] | None


def upsert_page(
    dataset: Dataset,
    page: Sequence[CompleteSample],
    *,
    pass_at: datetime,
    read_at: datetime,
    notices: list[str],
) -> Counter[str]:
    """Bring these samples here. `pass_at` marks them as seen in this pass over the remote's list.

    Says how many are new, changed, the same and back again. The same page once more changes nothing.
    """
    complete = list({item.sample.id: item for item in page}.values())
    here = _here(dataset, [item.sample.id for item in complete])
    counts: Counter[str] = Counter()
    fresh = [item for item in complete if item.sample.id not in here]
    here |= _create(dataset, fresh)
    counts["new"] = len(fresh)
    new_ids = {item.sample.id for item in fresh}
    for item in complete:
        if item.sample.id not in new_ids:
            counts[_update(dataset, here[item.sample.id], item.sample, notices)] += 1
    counts["back"] = _bring_back(list(here.values()))
    pairs = [(here[item.sample.id], item) for item in complete]
    counts += upsert_images(dataset, [(row, item.images) for row, item in pairs], notices)
    counts += upsert_objects(dataset, [(row, item.objects) for row, item in pairs], notices)
    variables = list(dataset.variables.live().filter(remote_key__isnull=False))
    samples = [(row, item.sample) for row, item in pairs]
    counts += upsert_values(dataset, samples, variables, read_at=read_at)
    ids = [row.pk for row, _ in pairs]
    Sample.objects.filter(pk__in=ids).update(remote_seen_at=pass_at)
    return counts


def _here(dataset: Dataset, keys: Sequence[str]) -> dict[str, Sample]:
    rows = Sample.objects.filter(remote=dataset.remote_id, remote_key__in=keys)
    return {row.remote_key or "": row for row in rows}


def _create(dataset: Dataset, complete: Sequence[CompleteSample]) -> dict[str, Sample]:
    rows = [
        _fields(dataset, item.sample)
        | {
            "remote_id": dataset.remote_id,
            "remote_key": item.sample.id,
            "remote_state": without(item.sample.raw, *ELSEWHERE),
        }
        for item in complete
    ]
    return {sample.remote_key or "": sample for sample in create_samples(dataset, rows, by=None)}


def _update(dataset: Dataset, row: Sample, remote_sample: RemoteSample, notices: list[str]) -> str:
    state = without(remote_sample.raw, *ELSEWHERE)
    theirs = _fields(dataset, remote_sample)
    base = _fields(dataset, mappers.sample(row.remote_state)) if row.remote_state else None
    merged = merge(row, base=base, theirs=theirs)
    for name, (before, ours, value) in merged.both.items():
        if row.remote_state != state:  # reported once, when it is first seen
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
    """Samples that were missing on the remote and are there again: all their values are still here."""
    back = [row.pk for row in rows if row.remote_gone_at is not None]
    if back:
        Sample.objects.filter(pk__in=back).update(
            removed_at=None, remote_gone_at=None, updated_at=timezone.now()
        )
        revive(back)
    return len(back)


def _fields(dataset: Dataset, remote_sample: RemoteSample) -> dict[str, Any]:
    """Our fields. A text that equals the dataset's is inherited, not the sample's own (Q21)."""
    texts = dataset.remote_state or {}
    own = {
        name: value if value and value != texts.get(name) else None
        for name, value in (
            ("user_prompt", remote_sample.user_prompt),
            ("result_template", remote_sample.result_template),
        )
    }
    return {
        "name": short(remote_sample.name, Sample.NAME_LENGTH),
        "description": remote_sample.description,
        "test": remote_sample.test,
        "type": remote_sample.type
        if remote_sample.type in Sample.Type.values
        else Sample.Type.MULTI_RANDOM,
        "input_meta_data": remote_sample.input_meta_data,
        "meta_data": remote_sample.meta_data,
        "own_user_prompt": own["user_prompt"],
        "own_result_template": own["result_template"],
    }
