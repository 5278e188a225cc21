"""One page of the gallery: for each sample its first image and its first values, in four queries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Count, UUIDField, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from annotator.compiled import CompiledQuery, Given, stored
from annotator.datasets.models import Sample, SampleImage, Variable, VariableValue
from annotator.images.models import Image

SUMMARISED = 3  # values below a thumbnail
LONGEST_SUMMARY = 60  # characters of one
SOME_ID = uuid.UUID(int=0)
SHOWN = ("id", "sha256", "state", "width_px", "height_px")  # of an image

SAMPLES: Any = Given("samples", UUIDField(), many=True)
VALUES = CompiledQuery(
    lambda: VariableValue.objects.filter(
        sample__in=SAMPLES,
        variable__in=Given("variables", UUIDField(), many=True),
        is_set=True,
    ).values_list("sample_id", "variable_id", "value", "invalid_since"),
    text_ids=True,
)
FIRST_IMAGES = CompiledQuery(
    lambda: (
        SampleImage.objects.filter(sample__in=SAMPLES)
        .annotate(
            place=Window(RowNumber(), partition_by="sample", order_by=["order", "id"]),
            images_of_sample=Window(Count("pk"), partition_by="sample"),
        )
        .filter(place=1)
        .values_list("sample_id", "images_of_sample", *(f"image__{name}" for name in SHOWN))
    ),
    text_ids=True,
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
    cards, ids = {str(each.pk): SampleCard(each) for each in samples}, [each.pk for each in samples]
    for sample, images, image, *shown in FIRST_IMAGES.rows(samples=ids):
        card = cards[sample]
        card.image = stored(Image, SHOWN, (uuid.UUID(image), *shown))
        card.more = images - 1
    summarised = {str(variable.pk): variable for variable in variables[:SUMMARISED]}
    given = {
        (sample, variable): (value, invalid_since)
        for sample, variable, value, invalid_since in VALUES.rows(
            samples=ids, variables=[each.pk for each in summarised.values()]
        )
    }
    for sample, card in cards.items():
        for pk, variable in summarised.items():
            if (sample, pk) in given:
                value, invalid_since = given[sample, pk]
                card.values.append(_summary(variable, value))
                card.is_invalid |= invalid_since is not None
    return list(cards.values())


def _summary(variable: Variable, value: Any) -> str:
    text = " ".join(variable.spec.display(value).split())
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1] + "…"
