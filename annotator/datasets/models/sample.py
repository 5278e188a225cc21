"""Samples: who may see them, what awaits them, and who has them open."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import visible
from annotator.compiled import CompiledQuery, Given
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.dataset import PROMPT_FIELDS, Dataset
from annotator.datasets.models.value import VariableValue
from annotator.datasets.models.variable import Variable
from annotator.errors import WrongState
from annotator.images.models import Image
from annotator.leases import ahead, is_reached, reached
from annotator.names import NameField, SearchableName

LEASE = timedelta(minutes=10)  # renewed by the open page every minute


@cache
def _is_complete() -> models.Q:
    """One legal value at least, one of each required variable, and no illegal one. Of live variables."""
    asked = Variable.objects.live().filter(dataset=OuterRef("dataset"))
    given = VariableValue.objects.filter(variable__removed_at=None, sample=OuterRef("pk"))
    legal = VariableValue.objects.legal().filter(
        sample=OuterRef(OuterRef("pk")), variable=OuterRef("pk")
    )
    return (
        models.Q(Exists(given.legal()))
        & ~models.Q(Exists(given.filter(invalid_since__isnull=False)))
        & ~models.Q(Exists(asked.filter(~Exists(legal), required=True)))
    )


class SampleQuerySet(models.QuerySet["Sample"]):
    """Samples by who may see them and what awaits them."""

    def visible_to(self, member: Membership) -> SampleQuerySet:
        """The samples of the member's workspace that are not deleted."""
        samples = self.filter(
            dataset__workspace=member.workspace_id, dataset__removed_at=None, removed_at=None
        )
        return visible(samples, member)

    def in_dataset(self, dataset: Dataset) -> SampleQuerySet:
        """The dataset's samples that are not deleted."""
        return self.filter(dataset=dataset, removed_at=None)

    def with_prompts(self) -> SampleQuerySet:
        """With the dataset, its prompts and its template in the same query: what rendering needs."""
        return self.select_related(*(f"dataset__{field}" for field in PROMPT_FIELDS))

    def complete(self) -> SampleQuerySet:
        """Those whose values are all that is asked: fit to be approved without a person.

        At least one value, one of each required variable, and none that its variable does not allow;
        values of removed variables do not count.
        """
        return self.filter(_is_complete())

    def incomplete(self) -> SampleQuerySet:
        """The others."""
        return self.filter(~_is_complete())

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


class Sample(SearchableName, MirroredModel):
    """One training example: its images and the values given to its dataset's variables."""

    class Type(models.TextChoices):
        """How its images are used in training."""

        SINGLE = "single", "One image, picked at random"
        MULTI_RANDOM = "multi_random", "All images, in random order"
        MULTI_ORDERED = "multi_ordered", "All images, in order"

    class State(models.TextChoices):
        """Where it stands on its way to being approved."""

        UNLABELED = "unlabeled", "To label"
        SUBMITTED = "submitted", "To review"
        RETURNED = "returned", "Returned"
        APPROVED = "approved", "Approved"
        SKIPPED = "skipped", "Skipped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.CASCADE,
        related_name="samples",
        db_index=False,  # sample_live begins with it
    )
    name = NameField(max_length=300, null=True, blank=True)  # null on the wire
    description = models.TextField(null=True, blank=True)
    test = models.BooleanField(default=False)
    type = models.CharField(max_length=13, choices=Type, default=Type.MULTI_RANDOM)
    state = models.CharField(max_length=9, choices=State, default=State.UNLABELED, editable=False)
    # Why, while its state is skipped.
    skip_reason = models.CharField(max_length=500, blank=True, default="", editable=False)
    input_meta_data = models.JSONField(default=dict, blank=True)
    meta_data = models.JSONField(default=dict, blank=True)
    # Texts of its own, where a remote reports one that differs from the dataset's (Q21); None: inherited.
    own_user_prompt = models.TextField(null=True, blank=True, editable=False)
    own_result_template = models.TextField(null=True, blank=True, editable=False)
    # Who has it open. Advisory: saving is decided by `rev`, never by the lease.
    lease_holder = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    leased_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Removed because the remote no longer has it; it comes back here when it comes back there.
    remote_gone_at = models.DateTimeField(null=True, blank=True, editable=False)

    images = models.ManyToManyField(Image, through="SampleImage", related_name="samples")
    objects = SampleQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            one_copy("sample"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["unlabeled", "submitted", "returned", "approved", "skipped"]
                ),
                name="sample_state_known",
            ),
        ]
        indexes = [
            # Not a partial one: SQLite would read every row to see that its condition holds.
            models.Index(fields=["dataset", "removed_at"], name="sample_live"),
            models.Index(
                fields=["dataset", "created_at", "id"],
                condition=models.Q(removed_at=None),
                name="sample_in_order",
            ),
            models.Index(
                fields=["dataset", "state", "created_at", "id"],
                condition=models.Q(removed_at=None),
                name="sample_by_state",
            ),
            models.Index(
                fields=["dataset", "test", "created_at", "id"],
                condition=models.Q(removed_at=None),
                name="sample_by_split",
            ),
            models.Index(
                fields=["dataset"],
                condition=models.Q(removed_at__isnull=False),
                name="sample_removed",
            ),
            models.Index(fields=["lease_holder", "leased_until"], name="sample_leases"),
            models.Index(
                fields=["dataset", "state", "leased_until"],
                condition=models.Q(leased_until__isnull=False),
                name="sample_leased",
            ),
            models.Index(
                fields=["updated_at"],
                condition=models.Q(remote_key__isnull=False, state="approved"),
                name="sample_lately_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Sample {str(self.id)[:8]}"

    def move(self, *, to: str, only_from: Iterable[str], **changes: Any) -> None:
        """Change state, and other columns with it, unless someone else already has: one UPDATE, no lock held.

        Raises WrongState when the sample is no longer in one of `only_from`.
        """
        mine = Sample.objects.filter(pk=self.pk, state__in=list(only_from), removed_at=None)
        if not mine.update(state=to, updated_at=timezone.now(), **changes):
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
        if not mine.update(lease_holder=user, leased_until=now + LEASE):
            return False
        self.lease_holder, self.leased_until = user, now + LEASE
        return True

    def other_holder(self, user: User) -> User | None:
        """Who else has the sample open right now."""
        is_held = not is_reached(self.leased_until, longest=LEASE)
        return self.lease_holder if is_held and self.lease_holder_id != user.pk else None

    def known_values(self) -> dict[uuid.UUID, Any]:
        """What is known of it by variable, where that is still asked; one query, composed once."""
        return dict(KNOWN.rows(sample=self.pk))

    @property
    def skipped_because(self) -> str:
        """The reason while it is skipped; it stays in `skip_reason` afterwards."""
        return self.skip_reason if self.state == self.State.SKIPPED else ""

    @property
    def needs_review(self) -> bool:
        """Whether a reviewer must see its answer: the dataset's share, by the id, so always the same."""
        return self.id.int % 100 < self.dataset.review_percent

    def release(self, user: User) -> None:
        """End the user's own lease; another's stays."""
        Sample.objects.filter(pk=self.pk, lease_holder=user).update(
            lease_holder=None, leased_until=None
        )


KNOWN = CompiledQuery(
    lambda: (
        VariableValue.objects.counted()
        .filter(sample_id=Given("sample", models.UUIDField()))
        .values_list("variable_id", "value")
    )
)
