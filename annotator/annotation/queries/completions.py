"""Texts that were written before in a field, to complete what one types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.models import Variable, VariableValue
from annotator.names import folded, storable

SHOWN = 5
SHORTEST = 2  # characters, from which on anything is completed
LONGEST = 199  # characters: the column that is searched holds no more of a text
MAX_OWN_ANSWERS = 1_000  # a person's newest in the dataset
MAX_MATCHES = 2_000  # accepted values that are read; with more of them the counts are of these
LAST_CHARACTER = "\U0010ffff"


def completions(
    member: Membership, variable: Variable, typed: str, *, path: Sequence[str] = ()
) -> list[str]:
    """At most SHOWN texts of the variable that begin with `typed`, whatever its case.

    Of a list the texts of its entries, of objects those of the member that `path` leads to. First what the
    member has submitted, then what is accepted in the dataset, most used first. Another person's text is
    among them once it is accepted. Two queries, whatever the size of the dataset; none for a variable
    without free text.
    """
    start, rules = folded(storable(typed).lstrip()), variable.spec.type_rules
    if not rules.is_completed or not SHORTEST <= len(start) <= LONGEST:
        return []
    own = [text for value in _own_values(member, variable) for text in rules.texts(value, path)]
    accepted = _accepted_texts(variable, start, path)
    texts = dict.fromkeys([*_most_used(own, start), *_most_used(accepted, start)])
    texts.pop(typed, None)
    return list(texts)[:SHOWN]


def _most_used(texts: Iterable[str], start: str) -> list[str]:
    counts = Counter(
        text for text in texts if len(text) <= LONGEST and folded(text).startswith(start)
    )
    return sorted(counts, key=lambda text: (-counts[text], text))


def _own_values(member: Membership, variable: Variable) -> Iterable[Any]:
    submitted = Answer.objects.filter(
        author=member.user_id, dataset=variable.dataset_id, submitted_at__isnull=False
    )
    newest = submitted.order_by("-submitted_at").values("pk")[:MAX_OWN_ANSWERS]
    values = AnswerValue.objects.filter(variable=variable, is_set=True, answer__in=newest)
    return values.values_list("value", flat=True)


def _accepted_texts(variable: Variable, start: str, path: Sequence[str]) -> Iterable[str]:
    """From the index of texts; what is inside of lists and objects has none, so that some are read."""
    accepted, rules = (
        VariableValue.objects.legal().filter(variable=variable),
        variable.spec.type_rules,
    )
    if rules.scalar and not path:
        texts: Any = accepted.filter(_begins_with(start)).values_list("text", flat=True)
        return texts[:MAX_MATCHES]
    values = accepted.values_list("value", flat=True)[:MAX_MATCHES]
    return (text for value in values for text in rules.texts(value, path))


def _begins_with(start: str) -> Q:
    """As each database reads it from its index."""
    if connection.vendor == "sqlite":
        return Q(text_folded__gte=start, text_folded__lt=start + LAST_CHARACTER)
    return Q(text_folded__startswith=start)
