"""The known answers of gold samples."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models.sample import Sample


class GoldAnswerQuerySet(models.QuerySet["GoldAnswer"]):
    """Known answers by who may read them."""

    def visible_to(self, member: Membership) -> GoldAnswerQuerySet:
        """Those of the member's workspace; none for people who are tested with them."""
        rows = self.filter(
            sample__dataset__workspace=member.workspace_id,
            sample__dataset__removed_at=None,
            sample__removed_at=None,
        )
        return visible(rows, member, Action.READ_GOLD)


class GoldAnswer(models.Model):
    """What is known of a gold sample: its accepted values as they were when it was marked."""

    sample = models.OneToOneField(
        Sample, on_delete=models.CASCADE, primary_key=True, related_name="gold_answer"
    )
    values = models.JSONField()  # by the variable's id
    marked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)

    objects = GoldAnswerQuerySet.as_manager()
