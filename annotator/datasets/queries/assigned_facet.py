"""The lines beside the gallery that say whom samples are assigned to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.http import QueryDict

from annotator.accounts.models import User
from annotator.datasets.queries.assigned import ALL, KEY, NOBODY, OVERDUE
from annotator.datasets.queries.facets import MAX_CHOICES, Facet, Link, address
from annotator.ui.words import number


def assigned_facet(
    counts: Counter[str], people: Sequence[User], whole: int, params: QueryDict
) -> list[Facet]:
    """Whom samples are assigned to, who has most first; none where nothing is assigned."""
    if not counts:
        return []
    names = {str(person.pk): person.display_name for person in people}
    by_person = [(key, names[key], n) for key, n in counts.most_common() if key in names]
    lines = [*by_person[:MAX_CHOICES], (NOBODY, "Nobody", whole - counts[ALL])]
    if counts[OVERDUE]:
        lines.append((OVERDUE, "Overdue", counts[OVERDUE]))
    chosen = params.get(KEY, "")
    links = [
        Link(words, address(params, {KEY: "" if chosen == key else key}), number(n), chosen == key)
        for key, words, n in lines
    ]
    return [Facet("Assigned to", links)]
