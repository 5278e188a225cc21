"""When the values of a sample are all that is asked."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q

from annotator.datasets.models.value import VariableValue
from annotator.datasets.models.variable import Variable


def is_complete(variables: Iterable[Variable] | None = None) -> Q:
    """One legal value at least, one of each required variable, and no illegal one. Of live variables, or
    of these alone.
    """
    asked = Variable.objects.live().filter(dataset=OuterRef("dataset"))
    given = VariableValue.objects.filter(variable__removed_at=None, sample=OuterRef("pk"))
    if variables is not None:
        ids = [variable.pk for variable in variables]
        asked, given = asked.filter(pk__in=ids), given.filter(variable__in=ids)
    legal = VariableValue.objects.legal().filter(
        sample=OuterRef(OuterRef("pk")), variable=OuterRef("pk")
    )
    return (
        Q(Exists(given.legal()))
        & ~Q(Exists(given.filter(invalid_since__isnull=False)))
        & ~Q(Exists(asked.filter(~Exists(legal), required=True)))
    )


def is_complete_with(given: set[Any], *, asked: set[Any], required: set[Any]) -> bool:
    """The same of a sample that has legal values alone, by the ids of the variables: those that it has, and
    the live and the required ones of its dataset.
    """
    return required <= given and not asked.isdisjoint(given)


all_complete = cache(is_complete)  # of all live variables: composed once
