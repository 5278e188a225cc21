"""Guidelines: what people who label a dataset are told, version by version, and who has read which."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may, visible
from annotator.datasets.models import Dataset


class GuidelineQuerySet(models.QuerySet["Guideline"]):
    """Versions by who may read them."""

    def visible_to(self, member: Membership) -> GuidelineQuerySet:
        """Those of the member's workspace."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member)

    def newest(self, dataset: Dataset) -> Guideline | None:
        """The version that counts now; None when the dataset has none."""
        return self.filter(dataset=dataset).order_by("-version").first()

    def state_for(self, dataset: OuterRef, user: Any) -> dict[str, Subquery[Any]]:
        """Annotations of a row with a dataset: its newest version, and the newest that the person has read.

        `Beside.of` reads them. None where there is none.
        """
        newest = self.filter(dataset=dataset).order_by("-version")
        read = newest.filter(readings__user=user)
        return {
            "guideline_version": Subquery(newest.values("version")[:1]),
            "guideline_read": Subquery(read.values("version")[:1]),
        }


class Guideline(models.Model):
    """One version of a dataset's guidelines. The newest counts; nothing changes an older one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()  # 1, 2, 3 …
    text = models.TextField()  # Markdown; a picture's address is image: and its id
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now)

    objects = GuidelineQuerySet.as_manager()

    class Meta:
        ordering = ["dataset", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "version"], name="guideline_version_once")
        ]

    def __str__(self) -> str:
        return f"Guidelines of {self.dataset}, version {self.version}"


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Readings by who may see them."""

    def visible_to(self, member: Membership) -> ReadingQuerySet:
        """The member's own; all of the workspace for those who may read others' answers."""
        rows = self.filter(
            guideline__dataset__workspace=member.workspace_id,
            guideline__dataset__removed_at=None,
        )
        if may(member, Action.READ_OTHERS_ANSWERS):
            return rows
        return visible(rows.filter(user=member.user_id), member)


class Reading(models.Model):
    """That one person has opened one version, since when."""

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(default=timezone.now)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guideline", "user"], name="guideline_read_once")
        ]


@dataclass(frozen=True)
class Beside:
    """The guidelines beside a form: their newest version, and whether this person has not read it."""

    version: int
    is_new: bool

    @classmethod
    def of(cls, row: Any) -> Beside | None:
        """Of a row with the annotations of `GuidelineQuerySet.state_for`; None without guidelines."""
        if row.guideline_version is None:
            return None
        return cls(row.guideline_version, row.guideline_read != row.guideline_version)
