"""Notifications, and what each person wants to hear of them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import Action, visible
from annotator.leases import Leased, LeasedQuerySet, reached
from annotator.notifications.kinds import KINDS, Kind

KEPT_DAYS = 90


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications by who may see them, and whether they were read."""

    def visible_to(self, member: Membership) -> NotificationQuerySet:
        """The member's own in this workspace."""
        own = self.filter(recipient=member.user_id, workspace=member.workspace_id)
        return visible(own, member, Action.OWN_PROFILE)

    def unread(self) -> NotificationQuerySet:
        """Those that their recipient has not opened."""
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing that happened, told to one person. `actions.notify` writes it."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    recipient = models.ForeignKey(
        User, on_delete=models.CASCADE, db_index=False, related_name="notifications"
    )
    # Who did it, where that was a person: their name comes before the text, as it is when that is read.
    actor = models.ForeignKey(User, models.CASCADE, null=True, db_index=False, related_name="+")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=100)  # what it is about: nobody is told of it twice
    text = models.CharField(max_length=500)
    url = models.CharField(max_length=300)  # of a page here, from the first slash
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "kind", "key"], name="notification_once")
        ]
        indexes = [
            models.Index(
                fields=["recipient", "workspace", "-created_at", "-id"], name="notification_newest"
            ),
            models.Index(
                fields=["recipient", "workspace"],
                condition=models.Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(fields=["created_at"], name="notification_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.actor.display_name} {self.text}" if self.actor else self.text

    @property
    def look(self) -> Kind:
        """Its kind; a plain one where a later version wrote it."""
        return KINDS.get(self.kind, Kind(self.kind, self.kind, "bell"))


class MutedKind(models.Model):
    """A kind that a person does not want to be notified of."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="muted_kinds")
    kind = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="mutedkind_once")]


class DigestQuerySet(LeasedQuerySet["Digest"]):
    """Digests by when they are due."""

    def due(self) -> DigestQuerySet:
        """Those to be sent now that no worker holds, the longest due first."""
        is_due = reached("next_at", longest=Digest.LONGEST)
        return (
            self.exclude(every=Digest.Every.NEVER).filter(is_due).free().order_by("next_at", "id")
        )

    def deliverable(self) -> DigestQuerySet:
        """Those of people who have an address and may sign in."""
        return self.filter(user__is_active=True).exclude(user__email="")


class Digest(Leased):
    """How often a person gets a mail with what they have not read, and when the next is due."""

    LEASE = timedelta(seconds=60)  # longer than the mail server is waited for
    LONGEST = timedelta(days=1)  # that `next_at` is ever ahead

    class Every(models.TextChoices):
        """How often."""

        NEVER = "never", "Never"
        HOUR = "hour", "Every hour"
        DAY = "day", "Every day"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="digest")
    every = models.CharField(max_length=5, choices=Every, default=Every.DAY)
    next_at = models.DateTimeField(default=timezone.now)
    # Until when what happened was in a mail.
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = DigestQuerySet.as_manager()

    @property
    def pause(self) -> timedelta:
        """From one mail to the next."""
        return timedelta(hours=1) if self.every == self.Every.HOUR else self.LONGEST
