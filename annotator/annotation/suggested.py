"""Suggestions in the form: which samples show them, what fills a field, how a posted value came to be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer
from annotator.datasets.models import Origin, Sample, Variable
from annotator.suggestions.models import Suggestion
from annotator.suggestions.queries import current_for, open_for

ByVariable = Mapping[UUID, Sequence[Suggestion]]
LONGEST_TEXT = 80  # characters of a suggested value beside its field


def shown_for(answer: Answer, member: Membership) -> ByVariable:
    """The suggestions that the page of the member's own answer shows, by variable; at most one query.

    While it is open those that wait, but none for a blind or a test sample. Once it is submitted every one,
    with what became of it.
    """
    sample = answer.sample
    if sample.test and not sample.dataset.suggests_test_samples:
        return {}
    if answer.state in {Answer.State.SUBMITTED, Answer.State.APPROVED} and answer.closed_because:
        return current_for([sample], member).get(sample.pk, {})
    if answer.closed_because or sample.is_blind:
        return {}
    return open_for([sample], member).get(sample.pk, {})


@dataclass(frozen=True)
class Proposed:
    """What a field says of its suggestion. `is_edited`: the field holds another value by now."""

    suggestion: Suggestion
    threshold_percent: int
    is_edited: bool = False
    is_closed: bool = False  # the answer is submitted: nothing can be taken any more

    @property
    def percent(self) -> int | None:
        """How sure the source is, see `Suggestion.percent`."""
        return self.suggestion.percent

    @property
    def needs_a_look(self) -> bool:
        """Whether the person is led to the field: less confidence than the dataset's threshold, or none."""
        is_sure = self.percent is not None and self.percent >= self.threshold_percent
        return not (self.is_edited or self.is_closed or is_sure)

    @property
    def text(self) -> str:
        """The suggested value for a person who reads, shortened."""
        text = self.suggestion.variable.spec.display(self.suggestion.value)
        return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"

    @property
    def posted(self) -> str:
        """The suggested value as the form posts it back; see `origin_of`."""
        return json.dumps(self.suggestion.value)


def origin_of(data: QueryDict, variable: Variable, value: Any) -> str:
    """How a posted value came to be: by the suggestion that its field showed, `suggested-<id>`, or typed."""
    with suppress(ValueError, RecursionError):
        suggested = json.loads(data.get(f"suggested-{variable.pk}", ""))
        is_equal = variable.spec.holds(suggested, value)
        return Origin.SUGGESTED if is_equal else Origin.EDITED
    return Origin.TYPED


def shown_in(data: QueryDict, sample: Sample) -> list[int] | None:
    """The ids of the suggestions that the fields showed, `suggestion-<id>`.

    None where there were none to decide about: the page showed none, and not because the sample is blind.
    """
    texts = [data.get(name, "") for name in data if name.startswith("suggestion-")]
    if not texts and not sample.is_blind:
        return None
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]
