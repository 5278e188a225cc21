"""Which answers to one sample agree, variable by variable, and which of them stands for all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotator.agreement.rules import agree, most_agreed
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.models import Variable

Values = dict[uuid.UUID, Any]  # by variable, without missing ones


@dataclass(frozen=True)
class Comparison:
    """Several answers to one sample: `chosen` agrees with most others, the first of several does."""

    chosen: Answer
    agreed: list[Variable]
    differing: list[Variable]

    @property
    def is_agreed(self) -> bool:
        """Whether all answers agree in every variable."""
        return not self.differing

    @property
    def agreed_percent(self) -> float:
        """How many of a hundred variables they agree in."""
        asked = len(self.agreed) + len(self.differing)
        return 100 * len(self.agreed) / asked if asked else 100


def compare(variables: Sequence[Variable], answers: Sequence[Answer]) -> Comparison:
    """Compare answers, one or more, in the order in which they were submitted. One query."""
    values = values_of(answers)
    agreed: list[Variable] = []
    differing: list[Variable] = []
    agreeing = [[0] * len(answers) for _ in answers]
    for variable in variables:
        given = [values[answer.pk].get(variable.pk) for answer in answers]
        rows = [[agree_on(variable, one, other) for other in given] for one in given]
        agreeing = [
            [number + is_same for number, is_same in zip(*each, strict=True)]
            for each in zip(agreeing, rows, strict=True)
        ]
        (agreed if all(map(all, rows)) else differing).append(variable)
    return Comparison(answers[most_agreed(agreeing)], agreed, differing)


def agree_on(variable: Variable, one: Any, other: Any) -> bool:
    """Whether two stored values of the variable agree by its rule."""
    return agree(variable.spec.type_rules, one, other, variable.agreement_rule)


def all_agree(variable: Variable, values: Sequence[Any]) -> bool:
    """Whether each two of the values agree: within a tolerance two may each agree with a third alone."""
    return all(agree_on(variable, one, other) for one, other in combinations(values, 2))


def values_of(answers: Sequence[Answer]) -> dict[uuid.UUID, Values]:
    """The values of each answer by its id. One query."""
    values: dict[uuid.UUID, Values] = {answer.pk: {} for answer in answers}
    rows = AnswerValue.objects.filter(answer__in=values, is_set=True)
    for answer_id, variable_id, value in rows.values_list("answer", "variable", "value"):
        values[answer_id][variable_id] = value
    return values
