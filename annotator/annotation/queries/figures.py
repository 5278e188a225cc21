"""What is done and what is left for one person, dataset by dataset, from counts that the database keeps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.annotation import sql
from annotator.datasets.models import Dataset
from annotator.datasets.models.sample import LEASE
from annotator.leases import CLOCK_TOLERANCE


@dataclass(frozen=True)
class Figures:
    """The numbers of one dataset; `own_` ones are of the person's answers."""

    self_review_allowed: bool
    unlabeled: int  # samples
    others_unlabeled: int  # of those, and not skipped by the person, that somebody else has open
    others_returned: int  # samples returned to the person that somebody else has open
    awaiting: int  # answers that await their review
    own_skipped: int  # and the sample still awaits a label
    own_returned: int
    own_awaiting: int
    done: int  # submitted or skipped; what has to be labelled again is left, not done

    @property
    def fresh(self) -> int:
        """Samples that the person is asked to label: as many as `AnswerQuerySet.samples_to_label` has."""
        return max(0, self.unlabeled - self.own_skipped - self.others_unlabeled)

    @property
    def returned(self) -> int:
        """Of `samples_to_label` those that a reviewer returned to the person."""
        return max(0, self.own_returned - self.others_returned)


FiguresByDataset = dict[uuid.UUID, Figures]
NOTHING = Figures(False, *[0] * 8)


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
        pk if isinstance(pk, uuid.UUID) else uuid.UUID(pk): Figures(
            bool(allowed), *(int(number or 0) for number in numbers)
        )
        for pk, allowed, *numbers in rows
    }
