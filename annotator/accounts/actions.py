"""Changes to people, workspaces, roles, invitations and tokens; each is recorded in the audit trail."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from annotator.accounts.audit import record
from annotator.accounts.leaving import release_work
from annotator.accounts.models import (
    TOKEN_PREFIX_LENGTH,
    ApiToken,
    Invitation,
    Membership,
    Role,
    Scope,
    User,
    Workspace,
    new_secret,
    token_digest,
)
from annotator.errors import BadInput, NotPermitted, WrongState

# The widest scope that a role can use; a wider token would suggest rights that its owner lacks.
WIDEST_SCOPE = {Role.ANNOTATOR: Scope.LABEL, Role.REVIEWER: Scope.MANAGE, Role.ADMIN: Scope.MANAGE}
SCOPES = [Scope.READ, Scope.LABEL, Scope.MANAGE]  # each includes the ones before


@transaction.atomic
def make_user(
    *, username: str, password: str, email: str = "", full_name: str = "", by: User | None = None
) -> User:
    """An account without any membership. Checked as the forms check it: BadInput names the fields."""
    user = User(username=username.strip(), email=email.strip())
    user.first_name, user.last_name = split_name(full_name)
    problems = problems_of(user)
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems["password"] = error.messages
    if problems:
        raise BadInput.of_fields(problems)
    user.set_password(password)
    user.save()
    record("user.create", workspace=None, by=by or user, target=user)
    return user


def split_name(full_name: str) -> tuple[str, str]:
    """(first, rest): the two columns that Django keeps for a name."""
    first, _, rest = full_name.strip().partition(" ")
    return first, rest.strip()


def problems_of(user: User) -> dict[str, list[str]]:
    """Validation errors by field. An e-mail address signs in, so it belongs to one person."""
    problems: dict[str, list[str]] = {}
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            field = "full_name" if name in {"first_name", "last_name"} else name
            problems.setdefault(field, []).extend(messages)
    others = User.objects.exclude(pk=user.pk)
    if user.email and others.filter(email__iexact=user.email).exists():
        problems.setdefault("email", []).append("Another account has this e-mail address.")
    return problems


@transaction.atomic
def change_profile(user: User, *, full_name: str, email: str) -> None:
    """A person's own name and e-mail address; BadInput names the fields."""
    before, user.email = user.email, email.strip()
    user.first_name, user.last_name = split_name(full_name)
    if problems := problems_of(user):
        raise BadInput.of_fields(problems)
    user.save(update_fields=["first_name", "last_name", "email"])
    if user.email != before:
        EmailAddress.objects.filter(user=user).delete()  # else the old one could reset the password
        record("user.email", workspace=None, by=user, target=user)


@transaction.atomic
def create_workspace(*, name: str, by: User) -> Workspace:
    """A new workspace with `by` as its first admin."""
    workspace = Workspace.objects.create(name=clean_name(name))
    Membership.objects.create(user=by, workspace=workspace, role=Role.ADMIN)
    record("workspace.create", workspace=workspace, by=by, target=workspace)
    return workspace


def clean_name(name: str) -> str:
    """A workspace's name without outer spaces, 1–200 characters, else BadInput."""
    name = name.strip()
    if not 0 < len(name) <= 200:
        message = "Enter a name of 1 to 200 characters."
        raise BadInput(message, fields={"name": [message]})
    return name


@transaction.atomic
def rename_workspace(workspace: Workspace, *, name: str, by: User) -> None:
    """Change the name that people see; addresses hold the id and stay."""
    before, workspace.name = workspace.name, clean_name(name)
    if workspace.name != before:
        workspace.save(update_fields=["name"])
        record("workspace.rename", workspace=workspace, by=by, target=workspace, before=before)


@transaction.atomic
def add_member(workspace: Workspace, *, user: User, role: Role, by: User | None) -> Membership:
    """Let a person into a workspace. WrongState when they are in it already."""
    membership, is_new = Membership.objects.get_or_create(
        user=user, workspace=workspace, defaults={"role": role}
    )
    if not is_new:
        raise WrongState(f"{user.display_name} is in this workspace already.")
    record("member.add", workspace=workspace, by=by, target=user, role=role)
    return membership


def require_another_admin(workspace: Workspace, *, without: User) -> None:
    """WrongState when nobody but `without` is an active admin.

    Takes the workspace's row lock first, so that two admins who demote each other at the same moment
    wait for each other (SQLite lets only one transaction write anyway).
    """
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    others = Membership.objects.filter(
        workspace=workspace, role=Role.ADMIN, user__is_active=True
    ).exclude(user=without)
    if not others.exists():
        raise WrongState(
            f"{workspace.name} needs at least one admin. Make somebody else admin first."
        )


@transaction.atomic
def change_role(membership: Membership, *, role: Role, by: User) -> None:
    """Give a member another role; the last admin stays one. Takes effect with their next request."""
    if role != Role.ADMIN:
        require_another_admin(membership.workspace, without=membership.user)
    before = Membership.objects.select_for_update().get(pk=membership.pk).role
    if before == role:
        return
    membership.role = role
    membership.save(update_fields=["role"])
    workspace = membership.workspace
    record(
        "member.role", workspace=workspace, by=by, target=membership.user, before=before, role=role
    )


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """Take a person out of the workspace and end their tokens for it.

    What they have done stays; what they were to do, others can do.
    """
    workspace, user = membership.workspace, membership.user
    require_another_admin(workspace, without=user)
    ApiToken.objects.filter(user=user, workspace=workspace, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    membership.delete()
    release_work(workspace, user)
    record("member.remove", workspace=workspace, by=by, target=user, role=membership.role)


@transaction.atomic
def set_active(membership: Membership, *, active: bool, by: User) -> None:
    """Let a person sign in, or end all their sessions and tokens.

    What they have done stays; what they were to do, others can do.

    The account is one for all workspaces, so only somebody who is admin in each of them may do it.
    """
    user = membership.user
    theirs = list(Workspace.objects.filter(memberships__user=user).order_by("pk"))
    if user.memberships.not_administered_by(by).exists():
        raise NotPermitted(
            f"{user.display_name} is also in workspaces of other admins. Remove them from this one instead."
        )
    if not active:
        for workspace in theirs:  # in one order: no deadlock
            require_another_admin(workspace, without=user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        for workspace in theirs:
            release_work(workspace, user)
    verb = "activate" if active else "deactivate"
    record(f"user.{verb}", workspace=membership.workspace, by=by, target=user)


@transaction.atomic
def invite(
    workspace: Workspace, *, role: Role, by: User, email: str = ""
) -> tuple[Invitation, str]:
    """(invitation, secret of its link). The secret is stored nowhere: show it now."""
    secret = new_secret()
    invitation = Invitation.objects.create(
        workspace=workspace, role=role, email=email, digest=token_digest(secret), created_by=by
    )
    record("invitation.create", workspace=workspace, by=by, target=invitation, role=role)
    return invitation, secret


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Revoke an unused link; WrongState when it was used."""
    deleted, _ = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
    if not deleted:
        raise WrongState("This invitation was accepted in the meantime. Remove the member instead.")
    record("invitation.revoke", workspace=invitation.workspace, by=by, target=invitation)


@transaction.atomic
def accept_invitation(invitation: Invitation, *, user: User) -> Membership:
    """Join by the link, which works once. WrongState when it was used or has expired, or for a member."""
    now = timezone.now()
    mine = Invitation.objects.pending().filter(pk=invitation.pk)
    if not mine.update(accepted_at=now, accepted_by=user):
        raise WrongState("This invitation was used or has expired. Ask for a new one.")
    return add_member(invitation.workspace, user=user, role=Role(invitation.role), by=user)


@transaction.atomic
def join_with_new_account(
    invitation: Invitation, *, username: str, password: str, email: str = "", full_name: str = ""
) -> User:
    """Create the account and join, both or neither."""
    user = make_user(username=username, password=password, email=email, full_name=full_name)
    accept_invitation(invitation, user=user)
    return user


def may_have_scope(member: Membership, scope: Scope) -> bool:
    """Whether a token of this member may be that wide."""
    return SCOPES.index(scope) <= SCOPES.index(WIDEST_SCOPE[Role(member.role)])


@transaction.atomic
def create_token(
    member: Membership,
    *,
    name: str,
    scope: Scope = Scope.READ,
    expires_at: datetime | None = None,
    plain: str | None = None,
) -> tuple[ApiToken, str]:
    """(token, its plain text) for the member's workspace. The plain text is stored nowhere.

    `plain` presets it (the demo's token); else it is 40 random hexadecimal characters.
    """
    if not may_have_scope(member, scope):
        raise NotPermitted(
            "A token cannot have more rights than your role. Choose a narrower scope."
        )
    plain = plain or new_secret()
    token = ApiToken.objects.create(
        user=member.user,
        workspace=member.workspace,
        name=name,
        prefix=plain[:TOKEN_PREFIX_LENGTH],
        digest=token_digest(plain),
        scope=scope,
        expires_at=expires_at,
    )
    record("token.create", workspace=member.workspace, by=member.user, target=token, scope=scope)
    return token, plain


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> None:
    """Revoke a token. Idempotent."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("token.revoke", workspace=token.workspace, by=by, target=token)
