"""Variables of another program's schema, all at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions.schema import create_variable
from annotator.datasets.models import Dataset, Variable


@transaction.atomic
def create_variables(
    dataset: Dataset, configs: Iterable[dict[str, Any]], *, by: User | None
) -> tuple[list[Variable], list[str]]:
    """(the variables made, the names of those that the dataset has already): all or none.

    Raises BadInput for a config that makes no sense.
    """
    known = set(dataset.variables.live().values_list("name", flat=True))
    made: list[Variable] = []
    left: list[str] = []
    for config in configs:
        if config["name"] in known:
            left.append(config["name"])
        else:
            made.append(create_variable(dataset, by=by, **config))
    return made, left
