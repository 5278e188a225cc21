"""Samples whose answer is known: marking them, and the copies that stand for them in what people label."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from annotator.accounts.audit import record
from annotator.accounts.models import User
from annotator.datasets.actions.writing import BATCH
from annotator.datasets.models import (
    Dataset,
    GoldAnswer,
    Sample,
    SampleImage,
    SampleObject,
    VariableValue,
)
from annotator.datasets.models.sample_queryset import SampleQuerySet

# What a copy has of its gold sample; its values, states and names elsewhere are its own.
SAME = (
    "dataset_id",
    "name",
    "name_folded",
    "description",
    "test",
    "type",
    "input_meta_data",
    "meta_data",
    "own_user_prompt",
    "own_result_template",
    "created_at",
)
MOST_MARKED = 2_000  # samples of one call


@transaction.atomic
def mark_gold(dataset: Dataset, samples: SampleQuerySet, *, by: User) -> int:
    """Make the approved ones gold, their accepted values being the known answer from now on; says how many.

    Others, those without a value and what is gold already are passed over; at most MOST_MARKED are marked.
    """
    ids = list(
        samples.in_dataset(dataset)
        .filter(state=Sample.State.APPROVED, is_gold=False)
        .order_by()
        .values_list("pk", flat=True)[:MOST_MARKED]
    )
    values: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for start in range(0, len(ids), BATCH):
        rows = VariableValue.objects.legal().counted()
        rows = rows.filter(sample__in=ids[start : start + BATCH])
        for sample_id, variable_id, value in rows.values_list("sample", "variable", "value"):
            values[sample_id][str(variable_id)] = value
    GoldAnswer.objects.bulk_create(
        [GoldAnswer(sample_id=pk, values=known, marked_by=by) for pk, known in values.items()],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["sample"],
        update_fields=["values", "marked_by", "marked_at"],
    )
    _set_gold([*values], is_gold=True)
    record("gold.mark", workspace=dataset.workspace, by=by, target=dataset, count=len(values))
    return len(values)


@transaction.atomic
def unmark_gold(dataset: Dataset, samples: SampleQuerySet, *, by: User) -> int:
    """Test nobody with the samples any more; says how many. What people have answered stays, and scores."""
    ids = list(samples.in_dataset(dataset).filter(is_gold=True).values_list("pk", flat=True))
    _set_gold(ids, is_gold=False)
    for start in range(0, len(ids), BATCH):
        copies = Sample.objects.filter(gold_of__in=ids[start : start + BATCH])
        copies.filter(answers=None).delete()
    record("gold.unmark", workspace=dataset.workspace, by=by, target=dataset, count=len(ids))
    return len(ids)


def _set_gold(ids: list[UUID], *, is_gold: bool) -> None:
    for start in range(0, len(ids), BATCH):
        Sample.objects.filter(pk__in=ids[start : start + BATCH]).update(is_gold=is_gold)


@transaction.atomic
def make_gold_copies(dataset: Dataset, user: User) -> dict[UUID, UUID]:
    """Copies of the gold samples that this person has none of yet, for them alone; by gold sample.

    None of a sample that they have answered or skipped themselves. From now on they see the copy in place of
    the sample. One query where there is nothing to do; a second call at once makes none twice.
    """
    originals = list(gold_to_copy(dataset, user)[:MOST_MARKED])
    if not originals:
        return {}
    made = {each.pk: _copy(each, user) for each in originals}
    Sample.objects.bulk_create(made.values(), batch_size=BATCH, ignore_conflicts=True)
    known = Sample.objects.filter(gold_of__in=made, only_for=user)
    new = {copy.pk for copy in made.values()} & set(known.values_list("pk", flat=True))
    ids = {original: copy.pk for original, copy in made.items() if copy.pk in new}
    Sample.objects.filter(pk__in=new).update(updated_at=F("created_at"))
    for model in (SampleImage, SampleObject):
        _copy_parts(model, ids)
    return ids


def gold_to_copy(dataset: Dataset, user: User) -> SampleQuerySet:
    """The gold samples of which `make_gold_copies` would make this person a copy."""
    copies = Sample.objects.filter(gold_of=OuterRef("pk"), only_for=user)
    missing = Sample.objects.in_dataset(dataset).filter(~Exists(copies), is_gold=True)
    return missing.exclude(answers__author=user)


def _copy(original: Sample, user: User) -> Sample:
    same = {name: getattr(original, name) for name in SAME}
    return Sample(id=uuid4(), gold_of=original, only_for=user, **same)


def _copy_parts(model: Any, ids: dict[UUID, UUID]) -> None:
    """The pictures, or the objects, of the copies."""
    parts = list(model.objects.filter(sample__in=ids).order_by("sample", "order", "id"))
    for part in parts:
        part.pk, part.sample_id, part.remote_id, part.remote_key = (
            uuid4(),
            ids[part.sample_id],
            None,
            None,
        )
        part.remote_state = None
        part._state.adding = True
    model.objects.bulk_create(parts, batch_size=BATCH)
