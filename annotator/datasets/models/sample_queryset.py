"""Which samples: by who may see them, by what awaits them, and by who has them open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import visible
from annotator.datasets.models.assignment import Assignment
from annotator.datasets.models.completeness import all_complete, is_complete
from annotator.datasets.models.dataset import PROMPT_FIELDS, Dataset
from annotator.datasets.models.sample_moves import LEASE_COLUMNS
from annotator.datasets.models.variable import Variable
from annotator.leases import ahead, reached

LEASE = timedelta(minutes=10)  # renewed by the open page every minute


class SampleQuerySet(models.QuerySet[Any]):
    """Samples by who may see them and what awaits them."""

    def visible_to(self, member: Membership) -> SampleQuerySet:
        """The samples of the member's workspace that are not deleted."""
        samples = self.filter(
            self.shown_to(member),
            dataset__workspace=member.workspace_id,
            dataset__removed_at=None,
            removed_at=None,
        )
        return visible(samples, member)

    def in_dataset(self, dataset: Dataset) -> SampleQuerySet:
        """The dataset's samples that are not deleted, without gold copies."""
        return self.live().filter(dataset=dataset)

    def live(self) -> SampleQuerySet:
        """Samples that are not deleted, without gold copies, which stand for their gold sample."""
        return self.filter(removed_at=None, only_for=None)

    def with_prompts(self) -> SampleQuerySet:
        """With the dataset, its prompts and its template in the same query: what rendering needs."""
        return self.select_related(*(f"dataset__{field}" for field in PROMPT_FIELDS))

    def complete(self, variables: Iterable[Variable] | None = None) -> SampleQuerySet:
        """Those whose values are all that is asked: fit to be approved without a person.

        At least one value, one of each required variable, and none that its variable does not allow;
        values of removed variables do not count. With `variables` only these are looked at.
        """
        return self.filter(all_complete() if variables is None else is_complete(variables))

    def incomplete(self) -> SampleQuerySet:
        """The others."""
        return self.filter(~all_complete())

    def held(self) -> SampleQuerySet:
        """Those that somebody has open."""
        return self.filter(ahead("leased_until", longest=LEASE))

    def free_for(self, user: User | int) -> SampleQuerySet:
        """Those that nobody else has open."""
        return self.filter(
            models.Q(lease_holder=None)
            | models.Q(lease_holder=user)
            | reached("leased_until", longest=LEASE)
        )

    def note_asked(self, samples: Collection[Any], user_id: int) -> None:
        """Read for many samples at once what `is_asked_of` says; one query, none where none is assigned."""
        if assigned := {sample.assignment_id for sample in samples if sample.assignment_id}:
            open_ones = Assignment.objects.open_to(user_id).in_bulk(assigned)
            for sample in samples:
                sample._asked = {user_id: sample.assignment_id in open_ones}

    def hold(self, user: User, *, until: datetime) -> int:
        """Lease them to the person; how many there are.

        Of a lease that the person has already, the start stays, and who has asked them for the sample.
        """
        goes_on = models.Q(ahead("leased_until", longest=LEASE), lease_holder=user)
        return self.update(
            lease_holder=user,
            leased_until=until,
            leased_at=models.Case(
                models.When(goes_on, then=models.F("leased_at")), default=timezone.now()
            ),
            lease_wanted_by=models.Case(
                models.When(goes_on, then=models.F("lease_wanted_by")), default=None
            ),
        )

    def end_leases(self) -> int:
        """Let anybody have them; how many there are."""
        return self.update(**dict.fromkeys(LEASE_COLUMNS))

    def shown_to(self, member: Membership, path: str = "") -> models.Q:
        """The condition that the member is shown this sample, and no other in its place.

        Their own gold copies, and what is no copy; but not the gold samples that they have a copy of, unless
        these are to be labelled again. `path` leads from a row to its sample: "sample__".
        """
        copies = self.model._default_manager.filter(
            gold_of=models.OuterRef(f"{path}pk"), only_for=member.tested_id
        )
        is_known = models.Q(**{f"{path}is_gold": True, f"{path}state": self.model.State.APPROVED})
        has_no_copy = ~is_known | ~models.Q(models.Exists(copies))
        is_own = models.Q(**{f"{path}only_for": member.tested_id})
        return models.Q(has_no_copy, **{f"{path}only_for": None}) | is_own

    def to_predict(self) -> SampleQuerySet:
        """Those that people label, for which suggestions help: gold samples among them, for their copies."""
        return self.filter(models.Q(state=self.model.State.UNLABELED) | models.Q(is_gold=True))
