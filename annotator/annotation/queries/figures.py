"""What is done and what is left for one person, dataset by dataset, from counts that the database keeps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.annotation import sql
from annotator.annotation.gold import planned, seed_of
from annotator.datasets.models import Dataset
from annotator.datasets.models.sample_queryset import LEASE
from annotator.leases import CLOCK_TOLERANCE


@dataclass(frozen=True)
class Figures:
    """The numbers of one dataset; `own_` ones are of the person's answers."""

    due_on: date | None  # when the first of the `assigned` are due
    self_review_allowed: bool
    unlabeled: int  # samples
    # Of those, neither done by the person nor assigned to others, that somebody else has open.
    others_unlabeled: int
    others_returned: int  # samples returned to the person that somebody else has open
    awaiting: int  # answers that await their review
    own_unlabeled: int  # skipped, or collected, of samples that still await a label, also theirs
    own_returned: int
    own_awaiting: int  # samples that await their review, which the person has answered
    done: int  # submitted or skipped; what has to be labelled again is left, not done
    all_assigned: int  # samples that await a label, to anybody
    own_assigned: int  # of those, to the person
    assigned: int  # of those, not done by the person yet
    decided_by_another: int  # answers that await another reviewer than the person
    gold_every: int
    gold_available: int  # copies for the person that they have not answered
    # Of the person's places in this dataset: see `annotation.gold`.
    seed: str = field(default="", kw_only=True)

    @property
    def fresh(self) -> int:
        """Samples that the person is asked to label: as many as `AnswerQuerySet.samples_to_label` has.

        Of their gold samples those that come among the others.
        """
        for_others = self.all_assigned - self.own_assigned
        done = self.own_unlabeled + self.others_unlabeled
        others = max(0, self.unlabeled - for_others - done)
        return others + planned(
            self.seed,
            self.gold_every,
            answered=self.done,
            left=others,
            available=self.gold_available,
        )

    @property
    def closed_to_reviewer(self) -> int:
        """Of those that await a review, the person's own and those that another reviewer has to decide."""
        own = 0 if self.self_review_allowed else self.own_awaiting
        return min(self.awaiting, own + self.decided_by_another)

    @property
    def returned(self) -> int:
        """Of `samples_to_label` those that a reviewer returned to the person."""
        return max(0, self.own_returned - self.others_returned)


FiguresByDataset = dict[uuid.UUID, Figures]
NOTHING = Figures(None, False, *[0] * 14)


def figures(member: Membership, dataset: Dataset | None = None) -> FiguresByDataset:
    """The figures by dataset of the member's workspace, or of one dataset; one query."""
    now = timezone.now()
    stored = {
        "user": member.user_id,
        "workspace": sql.stored_id(member.workspace_id),
        "now": sql.stored_moment(now),
        "latest": sql.stored_moment(now + LEASE + CLOCK_TOLERANCE),
    }
    if dataset is not None:
        stored["dataset"] = sql.stored_id(dataset.pk)
    with connection.cursor() as cursor:
        cursor.execute(sql.FIGURES_OF_ALL if dataset is None else sql.FIGURES_OF_ONE, stored)
        rows = cursor.fetchall()
    return {
        dataset_id: Figures(
            _day(due_on),
            bool(allowed),
            *(int(number or 0) for number in numbers),
            seed=seed_of(member.user_id, dataset_id),
        )
        for dataset_id, due_on, allowed, *numbers in (
            (uuid.UUID(str(pk)), *row) for pk, *row in rows
        )
    }


def _day(value: date | str | None) -> date | None:
    """SQLite gives text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
