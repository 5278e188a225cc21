"""What several people, and models, gave for each variable of one sample: a reviewer takes one of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.annotation.comparing import agree_on, values_of
from annotator.annotation.models import Answer
from annotator.datasets.models import Variable
from annotator.suggestions.models import Suggestion

MODELS = 3  # suggestions of one variable, the newest


@dataclass(frozen=True)
class Choice:
    """One value that a reviewer may take. `key` names it in what the browser sends; empty: as answered."""

    key: str
    who: str
    value: Any
    shown: str
    agrees: bool  # with the answer that stands for all
    is_suggested: bool = False


Choices = Mapping[uuid.UUID, Sequence[Choice]]  # by variable


def taken_of(choices: Sequence[Choice], key: str) -> Choice | None:
    """The choice that was sent; None for the answer's own value, or one that is gone."""
    return next((each for each in choices if key and each.key == key), None)


def choices_of(
    answer: Answer,
    others: Sequence[Answer],
    variables: Sequence[Variable],
    suggested: Mapping[uuid.UUID, Sequence[Suggestion]],
) -> Choices:
    """The values of each variable, the answer's own first, those of models last; none without `others`.

    One query where there are others, else none.
    """
    if not others:
        return {}
    answers = [answer, *others]
    values = values_of(answers)
    own = values[answer.pk]
    choices: dict[uuid.UUID, list[Choice]] = {}
    for variable in variables:
        mine = own.get(variable.pk)
        given = [
            _choice(
                variable,
                mine,
                values[each.pk].get(variable.pk),
                key="" if each is answer else str(each.pk),
                who=each.author.display_name,
            )
            for each in answers
        ]
        given += [
            _choice(
                variable, mine, row.value, key=f"s{row.pk}", who=str(row.source), is_suggested=True
            )
            for row in suggested.get(variable.pk, ())[:MODELS]
        ]
        choices[variable.pk] = given
    return choices


def _choice(variable: Variable, mine: Any, value: Any, **fields: Any) -> Choice:
    shown = variable.spec.display(value)
    agrees = agree_on(variable, mine, value)
    return Choice(value=value, shown=shown, agrees=agrees, **fields)
