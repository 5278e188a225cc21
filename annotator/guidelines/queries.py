"""What the pages of guidelines show."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import MATRIX, Action, may
from annotator.datasets.models import Dataset
from annotator.guidelines.models import Guideline, GuidelineQuerySet, Reading


@dataclass(frozen=True)
class Readers:
    """Who labels a dataset, by whether they have read one version of its guidelines."""

    read: list[User]
    unread: list[User]

    @property
    def total(self) -> int:
        """Everybody who labels."""
        return len(self.read) + len(self.unread)

    @property
    def unread_names(self) -> list[str]:
        """Of those who have not read it, by name."""
        return [user.display_name for user in self.unread]


def versions_of(dataset: Dataset) -> GuidelineQuerySet:
    """All versions, the newest first, with their authors and the number of their `readers`; without texts."""
    versions = Guideline.objects.filter(dataset=dataset).select_related("written_by").defer("text")
    return versions.annotate(readers=Count("readings")).order_by("-version")


def readers_of(guideline: Guideline, member: Membership) -> Readers | None:
    """Who of those who label has read it; None for a member who may not know. Two queries."""
    if not may(member, Action.READ_OTHERS_ANSWERS):
        return None
    seen = set(Reading.objects.visible_to(member).filter(guideline=guideline).values_list("user"))
    people = Membership.objects.filter(
        workspace=member.workspace_id,
        role__in=MATRIX[Action.LABEL].roles,
        user__is_active=True,
    ).select_related("user")
    users = sorted((each.user for each in people), key=lambda user: user.display_name.casefold())
    return Readers(
        read=[user for user in users if (user.pk,) in seen],
        unread=[user for user in users if (user.pk,) not in seen],
    )
