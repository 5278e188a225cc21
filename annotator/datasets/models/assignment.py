"""Who is asked to label which samples, and until when."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models.dataset import Dataset, today


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments by who may see them and whom they are about."""

    def visible_to(self, member: Membership) -> AssignmentQuerySet:
        """Those in datasets of the member's workspace."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member)

    def to(self, user: User | int) -> AssignmentQuerySet:
        """Those that name this person."""
        named = Assignment.people.through.objects.filter(user=user)
        return self.filter(pk__in=named.values("assignment"))

    def open_to(self, user: User | int) -> AssignmentQuerySet:
        """Those whose samples this person may label: of their own, and all where they assign."""
        managed = Membership.objects.who_may(Action.ASSIGN).filter(user=user)
        mine = models.Q(pk__in=self.model.objects.to(user).values("pk"))
        return self.filter(mine | models.Q(dataset__workspace__in=managed.values("workspace")))


class Assignment(models.Model):
    """Certain people who are asked to label certain samples of a dataset, and nobody else is."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="assignments")
    people = models.ManyToManyField(User, related_name="assignments")
    due_on = models.DateField(null=True, blank=True)  # the last day, in UTC
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    @property
    def names(self) -> str:
        """The people's names, in order: “Anna and Ben”."""
        *others, last = sorted(each.display_name for each in self.people.all())
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def is_overdue(self) -> bool:
        """Whether its last day is over."""
        return is_overdue(self.due_on)


def is_overdue(due_on: date | None) -> bool:
    """Whether this last day is over."""
    return due_on is not None and due_on < today()


def asked_of(user: User | int) -> models.Q:
    """The condition on a sample that it is assigned to nobody, or to this person."""
    mine = Assignment.objects.to(user).values("pk")
    return models.Q(assignment=None) | models.Q(assignment__in=mine)
