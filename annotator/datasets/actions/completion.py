"""A sample's state follows its values, for samples that nobody is at work on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from annotator.compiled import CompiledQuery, CompiledUpdate, Given
from annotator.datasets.models import Dataset, Sample, SampleQuerySet, SampleState, Variable
from annotator.datasets.models.completeness import is_complete_with

LOCKED_STATES = CompiledQuery(
    lambda: (
        Sample.objects.select_for_update()
        .filter(pk__in=Given("samples", UUIDField(), many=True))
        .order_by("pk")
        .values_list("state")
    )
)
APPROVE_COMPLETE = CompiledUpdate(
    lambda: (
        Sample.objects.complete().filter(
            pk__in=Given("samples", UUIDField(), many=True),
            state__in=[Sample.State.UNLABELED, Sample.State.SKIPPED],
        ),
        {"state": Sample.State.APPROVED, "updated_at": Given("now", DateTimeField())},
    )
)


def locked_states(sample_ids: Iterable[UUID]) -> set[str]:
    """The states of these samples, which stay as they are until the transaction ends.

    Whoever writes values locks their samples first: of two who set the last two required values at the same
    moment the second sees both, and no two wait for each other.
    """
    return {state for (state,) in LOCKED_STATES.rows(samples={*sample_ids})}


def lock_samples(dataset: Dataset) -> None:
    """Lock all samples of the dataset, in the order of their ids, until the transaction ends.

    A change of the schema does so before it looks at values: what others are writing ends first and is seen,
    and what comes after is written by the new schema (`current_variables`). Nobody waits for each other.
    """
    rows = Sample.objects.in_dataset(dataset).select_for_update().order_by("pk")
    for _ in rows.values_list("pk").iterator():
        pass  # SQLite lets one transaction write at a time, and only reads here


def hold_schema(dataset: Dataset) -> None:
    """Let no change of the dataset's schema begin until the transaction ends, and end first those under way.

    Whoever makes samples together with their values asks before it looks at the variables: nobody else sees
    those samples yet, so `lock_samples` misses them. A change of the schema touches the dataset's row first.
    """
    if connection.vendor == "postgresql":  # SQLite lets one transaction write at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM datasets_dataset WHERE id = %s FOR SHARE", [dataset.pk])


def first_states(
    given: Iterable[Iterable[Variable]], variables: Iterable[Variable]
) -> Iterator[SampleState]:
    """The state of each new sample that comes with legal values of these variables: what
    `update_completion` would make of it. `variables` are all of its dataset.
    """
    live = [variable for variable in variables if variable.removed_at is None]
    asked = {variable.pk for variable in live}
    required = {variable.pk for variable in live if variable.required}
    for named in given:
        ids = {variable.pk for variable in named}
        is_complete = is_complete_with(ids, asked=asked, required=required)
        yield Sample.State.APPROVED if is_complete else Sample.State.UNLABELED


def update_completion(
    samples: Collection[Sample], states: Collection[str] | None = None, *, any_cleared: bool = True
) -> None:
    """Approve those to label, or skipped, that are complete; put approved ones that are not back to label.

    Submitted and returned samples are left to their reviewer and author. `states` are their `locked_states`:
    who writes values has them. Without `any_cleared` legal values were only added or replaced, which makes
    no complete sample incomplete.
    """
    ids = [sample.pk for sample in samples]
    states = locked_states(ids) if states is None else states
    if {*states} & {Sample.State.UNLABELED, Sample.State.SKIPPED}:
        APPROVE_COMPLETE.run(samples=ids, now=timezone.now())
    if any_cleared and Sample.State.APPROVED in states:
        reopen_incomplete(Sample.objects.filter(pk__in=ids))


def reopen_incomplete(samples: SampleQuerySet) -> None:
    """Put the approved ones that are not complete (any more) back to label. The caller has locked them."""
    approved = samples.filter(state=Sample.State.APPROVED)
    approved.incomplete().update(state=Sample.State.UNLABELED, updated_at=timezone.now())
