"""People, the workspaces they share, and what lets a script act for them."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from annotator.accounts.roles import MATRIX, Action, Role, Scope, may, visible
from annotator.leases import Leased, LeasedQuerySet, reached

LAST_USE_STEP = timedelta(minutes=1)  # a busy script costs one write a minute, not one a call
TOKEN_PREFIX_LENGTH = 8  # characters shown in lists, so that people can tell tokens apart


class User(AbstractUser):
    """A person. What they may do is said by their memberships, never by `is_staff`."""

    @property
    def display_name(self) -> str:
        """The name others see."""
        return self.get_full_name() or self.get_username()


class Workspace(models.Model):
    """Holds everything: datasets, prompts, tasks, images. People are members with a role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    people = models.ManyToManyField(User, through="Membership", related_name="workspaces")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, by who may see them."""

    def visible_to(self, member: Membership) -> MembershipQuerySet:
        """Those in the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member)

    def who_may(self, action: Action) -> MembershipQuerySet:
        """Those whose role allows it and who may sign in."""
        return self.filter(role__in=MATRIX[action].roles, user__is_active=True)

    def not_administered_by(self, user: User | int) -> MembershipQuerySet:
        """Those in workspaces of which this person is no admin: for who wants to change whole accounts."""
        theirs = Membership.objects.filter(user=user, role=Role.ADMIN)
        return self.exclude(workspace__in=theirs.values("workspace"))


class Membership(models.Model):
    """One person in one workspace: the key to every query (`visible_to(member)`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)
    # Notifications that the person has not read here: kept, so that every page has it without a query.
    unread = models.PositiveIntegerField(default=0, editable=False)

    # The scope of the token that a request came with; None for a person in a browser. Not stored.
    token_scope: str | None = None

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} ({self.role})"

    @cached_property
    def tested_id(self) -> Any:
        """Whose gold copies stand for gold samples in what this member reads: their own, by the user's id.

        0 for those who may read the known answers: they are never tested.
        """
        return 0 if may(self, Action.READ_GOLD) else self.user_id


class Session(AbstractBaseSession):
    """Somebody's browser, signed in or not (accounts/sessions.py)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")


def token_digest(plain: str) -> str:
    """What is kept of a token. Tokens are random enough to need no salt."""
    return hashlib.sha256(plain.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens, by what can still be done with them."""

    def usable(self, now: datetime | models.Expression | None = None) -> ApiTokenQuerySet:
        """Neither revoked nor expired, of a person who may still sign in."""
        now = now or timezone.now()
        return self.filter(revoked_at=None, user__is_active=True).filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        )

    def visible_to(self, member: Membership) -> ApiTokenQuerySet:
        """One's own in every workspace; for those who manage its people all of the workspace too."""
        tokens = models.Q(user=member.user_id)
        if may(member, Action.MANAGE_PEOPLE):
            tokens |= models.Q(workspace=member.workspace_id)
        return visible(self.filter(tokens), member, Action.OWN_TOKENS)


class ApiToken(models.Model):
    """Lets a script act for a person. Only a digest is kept: the token is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=TOKEN_PREFIX_LENGTH, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Its owner in its workspace, with its scope, where it was read with a request. Not stored.
    member: Membership | None = None

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=Scope.values), name="apitoken_scope_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def was_used_lately(self) -> bool:
        """Whether the last use is recorded with the precision of LAST_USE_STEP."""
        return bool(self.last_used_at and self.last_used_at > timezone.now() - LAST_USE_STEP)

    def record_use(self) -> None:
        """Record the time of the last use, at most once in LAST_USE_STEP."""
        if self.was_used_lately:
            return
        now = timezone.now()
        ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)
        self.last_used_at = now

    @property
    def state(self) -> str:
        """ "active", "expired" or "revoked", for the lists."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "active"

    @property
    def is_active(self) -> bool:
        """Whether requests with it are accepted."""
        return self.state == "active"


def new_secret() -> str:
    """40 hexadecimal characters, the format of the platform's tokens."""
    return secrets.token_hex(20)


def in_a_week() -> datetime:
    """When an invitation ends."""
    return timezone.now() + timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, by who may see them and what can still be done with them."""

    def visible_to(self, member: Membership) -> InvitationQuerySet:
        """Those into the member's workspace."""
        rows = self.filter(workspace=member.workspace_id)
        return visible(rows, member, Action.MANAGE_PEOPLE)

    def pending(self) -> InvitationQuerySet:
        """Neither used nor ended."""
        return self.filter(accepted_at=None, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A link that makes one account with one role. Sign-up is closed without it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=12, choices=Role, default=Role.ANNOTATOR)
    email = models.EmailField(blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=in_a_week)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.email or f"{Role(self.role).label} in {self.workspace}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Audit lines, by who may see them."""

    def visible_to(self, member: Membership) -> AuditEventQuerySet:
        """Those of the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member, Action.READ_AUDIT)


class AuditEvent(models.Model):
    """Who did what to which object. Written by the action, in its transaction; never changed."""

    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        null=True,
        related_name="audit_events",
        db_index=False,  # audit_newest begins with it
    )
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)  # "dataset.create": noun and verb
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="audit_newest")]


class PasswordRequestQuerySet(LeasedQuerySet["PasswordRequest"]):
    """Requests for new passwords, by when their mail is due."""

    def due(self) -> PasswordRequestQuerySet:
        """Those whose mail is to be sent now and that no worker holds, the oldest first."""
        return self.filter(reached("next_at")).free().order_by("next_at", "id")


class PasswordRequest(Leased):
    """Somebody forgot the password of the account with this address, if there is one. Deleted once sent."""

    LEASE = timedelta(seconds=60)  # longer than the mail server is waited for

    email = models.EmailField(max_length=320, unique=True)
    origin = models.URLField(max_length=300)  # of the page, for the link
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = PasswordRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return self.email
