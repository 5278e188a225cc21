"""Samples: who may see them, what awaits them, and who has them open."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from django.db import models
from django.utils import timezone

from annotator.accounts.models import User
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.assignment import Assignment
from annotator.datasets.models.dataset import NO_SUGGESTION, Dataset
from annotator.datasets.models.sample_indexes import INDEXES
from annotator.datasets.models.sample_moves import update_of_move
from annotator.datasets.models.sample_queryset import LEASE, SampleQuerySet
from annotator.datasets.models.sample_state import SampleState
from annotator.datasets.models.value import KNOWN_VALUES
from annotator.errors import WrongState
from annotator.images.models import Image
from annotator.leases import is_reached
from annotator.names import NameField, SearchableName


class SampleShare(IntEnum):
    """What a share of a dataset's samples is for; each goes by other digits of the id."""

    REVIEWED = 0
    BLIND = 1
    OVERLAP = 2  # answered by several people


class Sample(SearchableName, MirroredModel):
    """One training example: its images and the values given to its dataset's variables."""

    class Type(models.TextChoices):
        """How its images are used in training."""

        SINGLE = "single", "One image, picked at random"
        MULTI_RANDOM = "multi_random", "All images, in random order"
        MULTI_ORDERED = "multi_ordered", "All images, in order"

    State = SampleState
    NAME_LENGTH, SKIP_REASON_LENGTH = 300, 500  # characters; an external id is a name

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.CASCADE,
        related_name="samples",
        db_index=False,  # sample_live begins with it
    )
    name = NameField(max_length=NAME_LENGTH, null=True, blank=True)  # null on the wire
    # As another tool or a file names it, so that a second import knows it again.
    external_id = models.CharField(max_length=NAME_LENGTH, null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    test = models.BooleanField(default=False)
    type = models.CharField(max_length=13, choices=Type, default=Type.MULTI_RANDOM)
    state = models.CharField(max_length=9, choices=State, default=State.UNLABELED, editable=False)
    # Why, while its state is skipped.
    skip_reason = models.CharField(
        max_length=SKIP_REASON_LENGTH, blank=True, default="", editable=False
    )
    # How many people are asked beyond those that its dataset asks.
    extra_answers = models.PositiveSmallIntegerField(default=0, editable=False)
    # The least confidence of its open suggestions, 0 to 1, of which one without any counts as 1.
    least_confidence = models.FloatField(default=NO_SUGGESTION, editable=False)
    # Whether its answer is known (`GoldAnswer`), so that people can be tested with it.
    is_gold = models.BooleanField(default=False, editable=False)
    # Of a gold copy: the gold sample that it stands for, and the one person who is shown it.
    gold_of = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="gold_copies",
        db_index=False,  # sample_gold_copy_once begins with it
    )
    only_for = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # sample_gold_copies begins with it
    )
    input_meta_data = models.JSONField(default=dict, blank=True)
    meta_data = models.JSONField(default=dict, blank=True)
    # Texts of its own, where a remote reports one that differs from the dataset's (Q21); None: inherited.
    own_user_prompt = models.TextField(null=True, blank=True, editable=False)
    own_result_template = models.TextField(null=True, blank=True, editable=False)
    # Who alone is asked to label it; None: it is free for all.
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="samples",
        db_index=False,  # sample_assigned begins with it
    )
    # Who has it open. Advisory: saving is decided by `rev`, never by the lease.
    lease_holder = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # sample_leases begins with it
    )
    leased_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    # Who has asked the holder to leave it to them; void without a lease.
    lease_wanted_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # sample_lease_wanted
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Removed because the remote no longer has it; it comes back here when it comes back there.
    remote_gone_at = models.DateTimeField(null=True, blank=True, editable=False)

    images = models.ManyToManyField(Image, through="SampleImage", related_name="samples")
    objects = SampleQuerySet.as_manager()

    _asked: Mapping[int, bool] = MappingProxyType({})  # what `is_asked_of` says, by person

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            one_copy("sample"),
            models.UniqueConstraint(
                fields=["dataset", "external_id"],
                condition=models.Q(external_id__isnull=False, removed_at=None),
                name="sample_external_id_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=SampleState.values), name="sample_state_known"
            ),
            models.UniqueConstraint(
                fields=["gold_of", "only_for"],
                condition=models.Q(gold_of__isnull=False),
                name="sample_gold_copy_once",
            ),
            models.CheckConstraint(
                condition=models.Q(gold_of=None, only_for=None)
                | models.Q(gold_of__isnull=False, only_for__isnull=False, is_gold=False),
                name="sample_gold_copy_is_somebodys",
            ),
        ]
        indexes = INDEXES

    def __str__(self) -> str:
        return self.name or f"Sample {str(self.id)[:8]}"

    def move(
        self,
        *,
        to: str,
        only_from: Iterable[str],
        releases: User | None = None,
        **changes: Any,
    ) -> None:
        """Change state, and other columns with it, unless someone else already has: one UPDATE, no lock held.

        `releases`: it ends that person's own lease too. Raises WrongState when the sample is no longer in one
        of `only_from`.
        """
        given = {"sample": self.pk, "only_from": [*only_from], "to": to, "now": timezone.now()}
        if releases is not None:
            given["releases"] = releases.pk
        moving = update_of_move(Sample, tuple(changes), releases=releases is not None)
        if not moving.run(**given, **changes):
            raise WrongState(
                f"{self} is no longer {' or '.join(only_from)}: somebody was faster. Reload the page."
            )
        self.state = to
        for name, value in changes.items():
            setattr(self, name, value)

    def lease_to(
        self, user: User, *, take_over: bool = False, only_if: models.Q | None = None
    ) -> bool:
        """Hold the sample for `user` for LEASE from now: one UPDATE, no lock held.

        False when another holds it, when it has left the state in which it was read, or when `only_if` is no
        longer true: conditions without a join, which PostgreSQL would not check again after a wait.
        """
        now = timezone.now()
        mine = Sample.objects.filter(pk=self.pk, state=self.state, removed_at=None)
        if only_if is not None:
            mine = mine.filter(only_if)
        if not take_over:
            mine = mine.free_for(user)
        if not mine.hold(user, until=now + LEASE):
            return False
        self.lease_holder, self.leased_until = user, now + LEASE
        return True

    def other_holder(self, user: User) -> User | None:
        """Who else has the sample open right now."""
        is_held = not is_reached(self.leased_until, longest=LEASE)
        return self.lease_holder if is_held and self.lease_holder_id != user.pk else None

    def is_asked_of(self, user_id: int) -> bool:
        """Whether the person may label it, as far as assignments go; asks the database once, if at all."""
        if self.assignment_id is None:
            return True
        if user_id not in self._asked:
            Sample.objects.note_asked([self], user_id)
        return self._asked[user_id]

    @property
    def assigned_to(self) -> str:
        """“This sample is assigned to Anna and Ben.”"""
        return f"This sample is assigned to {self.assignment.names}." if self.assignment else ""

    def wanted_from(self, user: User) -> User | None:
        """Who has asked this person, who has it open, to leave it to them."""
        is_held = not is_reached(self.leased_until, longest=LEASE)
        return self.lease_wanted_by if is_held and self.lease_holder_id == user.pk else None

    def known_values(self) -> dict[uuid.UUID, Any]:
        """What is known of it by variable, where that is still asked; one query, composed once."""
        return dict(KNOWN_VALUES.rows(sample=self.pk))

    @property
    def skipped_because(self) -> str:
        """The reason while it is skipped; it stays in `skip_reason` afterwards."""
        return self.skip_reason if self.state == self.State.SKIPPED else ""

    @property
    def needs_review(self) -> bool:
        """Whether a reviewer must see its answer, whoever gives it: the dataset's share, always the same."""
        return self.asks_several or self.is_in_share(
            SampleShare.REVIEWED, self.dataset.review_percent
        )

    @property
    def is_blind(self) -> bool:
        """Whether people answer before they see suggestions: the dataset's share, always the same."""
        return self.is_in_share(SampleShare.BLIND, self.dataset.blind_percent)

    def is_in_share(self, share: SampleShare, percent: int) -> bool:
        """Whether it is among so many of a hundred samples, by the id: always the same ones, and those of a
        higher percentage besides."""
        return self.id.int // 100**share % 100 < percent

    @property
    def answers_asked(self) -> int:
        """How many people are asked to answer it: by the id, so always the same, and whoever was added."""
        is_in_overlap = self.is_in_share(SampleShare.OVERLAP, self.dataset.overlap_percent)
        return (self.dataset.answers_per_sample if is_in_overlap else 1) + self.extra_answers

    @property
    def asks_several(self) -> bool:
        """Whether answers of several people are compared before any counts."""
        return self.answers_asked > 1

    def release(self, user: User) -> None:
        """End the user's own lease; another's stays."""
        Sample.objects.filter(pk=self.pk, lease_holder=user).end_leases()
