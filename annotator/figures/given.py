"""What several people gave for the same samples, as each first submitted it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef

from annotator.annotation.comparing import all_agree
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.models import Dataset, Origin, Sample, Variable
from annotator.figures.people import names_of

MOST_SAMPLES = 2_000  # the latest ones; more make no figure better
SHOWN = 500  # samples of a list
COUNTED = [Answer.State.COLLECTED, Answer.State.SUBMITTED, Answer.State.APPROVED]

Values = dict[uuid.UUID, Any]  # by variable


@dataclass(frozen=True)
class GivenAnswer:
    """One person's values for one sample."""

    person: int
    day: date
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """The samples that two people or more have answered, with what each gave."""

    samples: Mapping[uuid.UUID, Sequence[GivenAnswer]]
    is_cut: bool = False  # whether there are more samples than were read

    @property
    def people(self) -> set[int]:
        """Who gave any of it."""
        return {each.person for given in self.samples.values() for each in given}

    def units(
        self, variable: Variable, *, people: Sequence[int] = ()
    ) -> Iterator[tuple[uuid.UUID, list[tuple[GivenAnswer, Any]]]]:
        """By sample who gave which value, where two or more gave one; of these `people` alone if any."""
        for sample_id, answers in self.samples.items():
            row = [
                (answer, answer.values[variable.pk])
                for answer in answers
                if variable.pk in answer.values and (not people or answer.person in people)
            ]
            if len(row) > 1:
                yield sample_id, row


def given_in(dataset: Dataset) -> Given:
    """What was given in a dataset. Three queries, four where reviewers edited answers.

    Answers that were returned are left out: they were changed after somebody else had looked at them.
    """
    latest = Answer.objects.filter(dataset=dataset, state=Answer.State.COLLECTED)
    others = Answer.objects.filter(sample=OuterRef("sample"), state__in=COUNTED, returned_at=None)
    others = others.exclude(author=OuterRef("author"))  # else who is ahead would crowd out the rest
    latest = latest.filter(Exists(others), sample__removed_at=None, sample__only_for=None).order_by(
        "-submitted_at"
    )
    ids = list(latest.values_list("sample", flat=True)[: MOST_SAMPLES + 1])
    kept = list(dict.fromkeys(ids[:MOST_SAMPLES]))  # one with three answers is there twice
    rows = Answer.objects.filter(sample__in=kept, state__in=COUNTED, returned_at=None)
    answers: dict[uuid.UUID, GivenAnswer] = {}
    samples: dict[uuid.UUID, list[GivenAnswer]] = {each: [] for each in kept}
    fields = ("pk", "sample", "author", "submitted_at")
    for pk, sample_id, author, at in rows.order_by("submitted_at", "pk").values_list(*fields):
        if at is not None:
            answers[pk] = GivenAnswer(author, at.date())
            samples[sample_id].append(answers[pk])
    _read_values(answers, AnswerValue.objects.filter(answer__in=list(answers), is_set=True))
    several = {pk: given for pk, given in samples.items() if len(given) > 1}
    return Given(several, is_cut=len(ids) > MOST_SAMPLES)


def _read_values(answers: Mapping[uuid.UUID, GivenAnswer], rows: Any) -> None:
    """Fill in the values; of those that a reviewer edited, what their author had given."""
    edited = []
    fields = ("pk", "answer", "variable", "value", "origin")
    for pk, answer_id, variable_id, value, origin in rows.values_list(*fields):
        if answer_id in answers and origin != Origin.REVIEWED:
            answers[answer_id].values[variable_id] = value
        elif answer_id in answers:
            edited.append(pk)
    if not edited:
        return
    own = AnswerRevision.objects.filter(
        answer_value__in=edited, is_set=True, saved_by=F("answer_value__answer__author")
    ).exclude(origin=Origin.REVIEWED)
    path = ("answer_value__answer", "answer_value__variable", "value")
    for answer_id, variable_id, value in own.order_by("rev").values_list(*path):
        answers[answer_id].values[variable_id] = value


@dataclass(frozen=True)
class SampleRow:
    """One sample with what each person gave for a variable, as shown, and whether they agree."""

    sample: Sample
    given: list[tuple[str, str]]  # (name, value)
    agrees: bool


def sample_rows(
    given: Given, variable: Variable, *, people: Sequence[int] = (), differing: bool = True
) -> list[SampleRow]:
    """The samples behind the figures of a variable, those that differ or those that agree. Two queries."""
    show = variable.spec.display
    wanted: dict[uuid.UUID, list[tuple[GivenAnswer, Any]]] = {}
    for sample_id, row in given.units(variable, people=people):
        agrees = all_agree(variable, [value for _, value in row])
        if agrees != differing:
            wanted[sample_id] = row
    samples = Sample.objects.in_bulk(list(wanted)[:SHOWN])
    names = names_of({each.person for pk in samples for each, _ in wanted[pk]})
    return [
        SampleRow(
            samples[pk], [(names[each.person], show(value)) for each, value in row], not differing
        )
        for pk, row in wanted.items()
        if pk in samples
    ]
