"""A workspace's remotes, and what every mirrored row carries."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import visible
from annotator.leases import reached


class RemoteQuerySet(models.QuerySet["Remote"]):
    """Remotes by who may see them."""

    def visible_to(self, member: Membership) -> RemoteQuerySet:
        """The remotes of the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member)

    def reachable(self) -> RemoteQuerySet:
        """Those that may be called now: neither paused nor waiting after a failure."""
        is_due = models.Q(quiet_until=None) | reached("quiet_until")
        return self.filter(is_due, state=Remote.State.ACTIVE)


class Remote(models.Model):
    """Another server with the platform's API, reached with a token that is write-only here."""

    class State(models.TextChoices):
        """Whether calls are made."""

        ACTIVE = "active", "Connected"
        PAUSED = "paused", "Paused"  # the token was refused: an admin must enter a new one

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="remotes")
    name = models.CharField(max_length=200)
    base_url = models.URLField(max_length=500)  # without /vlm/v2
    encrypted_token = models.BinaryField(editable=False)
    token_hint = models.CharField(max_length=8, blank=True, editable=False)  # its last 4 characters
    remote_workspace = models.CharField(max_length=64, blank=True)  # empty: the token's own
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    # Why it is paused, or why the last test failed although calls are made.
    state_reason = models.CharField(max_length=500, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    # Failed calls in a row, and until when no more are made because of them.
    failures = models.PositiveIntegerField(default=0, editable=False)
    quiet_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = RemoteQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether calls are made; else it is paused."""
        return self.state == self.State.ACTIVE

    @property
    def is_in_trouble(self) -> bool:
        """Whether calls are made although the last test failed; `state_reason` says why it did."""
        return self.is_active and bool(self.state_reason)


class MirroredModel(models.Model):
    """A row that may have its home on a remote.

    Its own id is ours. `remote` and `remote_key`, the row's id there, say whose copy it is (None: its
    home is here). `remote_state` is the last state seen there, in the wire shape, the base of every
    comparison.
    """

    remote = models.ForeignKey(
        Remote, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Not remote_id: that is how Django names the column of `remote`.
    remote_key = models.CharField(max_length=64, null=True, blank=True, editable=False)
    remote_state = models.JSONField(null=True, blank=True, editable=False)
    remote_seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_mirrored(self) -> bool:
        """Whether the row's home is on a remote."""
        return self.remote_key is not None


def one_copy(name: str) -> models.UniqueConstraint:
    """The constraint that a remote row has one copy here; `name` is the table's."""
    return models.UniqueConstraint(
        fields=["remote", "remote_key"],
        condition=models.Q(remote_key__isnull=False),
        name=f"{name}_one_copy",
    )
