"""One page of the gallery: for each sample its first image and its first values, in four queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Count, UUIDField, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Sample, SampleImage, Variable, VariableValue
from annotator.images.models import Image

SUMMARISED = 3  # values below a thumbnail
LONGEST_SUMMARY = 60  # characters of one
SOME_ID = uuid.UUID(int=0)
SHOWN = [f"image__{name}" for name in ("sha256", "state", "width_px", "height_px")]

SAMPLES: Any = Given("samples", UUIDField(), many=True)
VALUES = CompiledQuery(
    lambda: VariableValue.objects.filter(
        sample__in=SAMPLES,
        variable__in=Given("variables", UUIDField(), many=True),
        is_set=True,
    ).only("sample_id", "variable_id", "value", "invalid_since")
)
FIRST_IMAGES = CompiledQuery(
    lambda: (
        SampleImage.objects.filter(sample__in=SAMPLES)
        .select_related("image")
        .only("sample_id", *SHOWN)
        .annotate(
            place=Window(RowNumber(), partition_by="sample", order_by=["order", "id"]),
            images_of_sample=Window(Count("pk"), partition_by="sample"),
        )
        .filter(place=1)
    )
)


@dataclass
class SampleCard:
    """A sample as the gallery shows it. `more`: images beyond the first."""

    sample: Sample
    image: Image | None = None
    more: int = 0
    values: list[str] = field(default_factory=list)
    is_invalid: bool = False

    @property
    def assignees(self) -> list[list[int]]:
        """The ids of the people it is assigned to, where they were read along (`assigned.ASSIGNEES`)."""
        return getattr(self.sample, "assignees", [])

    @property
    def is_overdue(self) -> bool:
        """Whether it still awaits a label though its assignment's last day is over."""
        is_left = bool(self.assignees) and self.sample.state == Sample.State.UNLABELED
        return is_left and self.sample.assignment is not None and self.sample.assignment.is_overdue

    @property
    def url(self) -> str:
        """The address of its page."""
        return _example_url().replace(str(SOME_ID), str(self.sample.pk))


@cache
def _example_url() -> str:
    """Of some sample: looking up an address anew for each card takes a tenth of the page."""
    return reverse("datasets:sample", args=[SOME_ID])


def sample_cards(samples: Sequence[Sample], variables: Sequence[Variable]) -> list[SampleCard]:
    """The samples in order, with what their cards show."""
    result = {sample.pk: SampleCard(sample) for sample in samples}
    for relation in FIRST_IMAGES.instances(samples=list(result)):
        card = result[relation.sample_id]
        card.image, card.more = relation.image, relation.images_of_sample - 1
    summarised = list(variables[:SUMMARISED])
    given: dict[object, dict[object, VariableValue]] = defaultdict(dict)
    for row in VALUES.instances(samples=list(result), variables=[each.pk for each in summarised]):
        given[row.sample_id][row.variable_id] = row
    for card in result.values():
        for variable in summarised:
            value = given[card.sample.pk].get(variable.pk)
            if value is not None:
                card.values.append(_summary(variable, value))
                card.is_invalid |= value.invalid_since is not None
    return list(result.values())


def _summary(variable: Variable, row: VariableValue) -> str:
    text = " ".join(variable.spec.display(row.value).split())
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1] + "…"
