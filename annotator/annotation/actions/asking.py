"""Changing how many people are asked, and when their values agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions import update_dataset
from annotator.datasets.models import Dataset, Variable


@transaction.atomic
def ask_people(
    dataset: Dataset, rules: Mapping[Variable, float | str], *, by: User, **changes: Any
) -> None:
    """Change the dataset's fields, and by variable the tolerance of numbers or the rule for texts.

    It counts for samples that await a label; `compare_complete` brings to review what has enough.
    """
    update_dataset(dataset, by=by, **changes)
    for variable, rule in rules.items():
        column = "text_rule" if isinstance(rule, str) else "tolerance"
        Variable.objects.filter(pk=variable.pk).update(**{column: rule})
