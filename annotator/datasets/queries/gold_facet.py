"""The line beside the gallery that leads to gold samples."""

from __future__ import annotations

from django.http import QueryDict

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may
from annotator.datasets.models import Dataset
from annotator.datasets.queries.facets import Facet, Link, address
from annotator.datasets.queries.gold import KEY, YES


def gold_facet(dataset: Dataset, member: Membership, params: QueryDict) -> list[Facet]:
    """Where people are tested, for those who may read which samples are gold. It is not counted."""
    if not dataset.tests_people or not may(member, Action.READ_GOLD):
        return []
    is_chosen = params.get(KEY, "") == YES
    url = address(params, {KEY: "" if is_chosen else YES})
    return [Facet("Gold", [Link("Gold samples", url, current=is_chosen)])]
