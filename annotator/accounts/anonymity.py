"""Deleting an account: the person becomes anonymous, and everything they did stays."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from annotator.accounts.actions import require_another_admin
from annotator.accounts.audit import record
from annotator.accounts.leaving import release_work
from annotator.accounts.models import (
    AuditEvent,
    Invitation,
    PasswordRequest,
    User,
    Workspace,
)
from annotator.errors import NotPermitted


@transaction.atomic
def delete_account(user: User, *, by: User) -> None:
    """Take from an account all that names its person, and from the person all access.

    Their answers, values, verdicts and comments stay, of "Deleted account 7"; what they were to do, others
    can do. It can't be undone. Only the person, or who is admin in each of their workspaces, may do it: else
    NotPermitted. Raises WrongState when a workspace would be left without an admin.
    """
    workspaces = list(Workspace.objects.filter(memberships__user=user).order_by("pk"))
    if user != by and user.memberships.not_administered_by(by).exists():
        raise NotPermitted(
            f"{user.display_name} is also in workspaces of other admins: only they or the person themselves"
            " can delete the account."
        )
    for workspace in workspaces:
        require_another_admin(workspace, without=user)
    emails = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    _forget(user, emails - {""})
    for workspace in workspaces:
        release_work(workspace, user)
        record("user.delete", workspace=workspace, by=by, target=user)
    if not workspaces:
        record("user.delete", workspace=None, by=by, target=user)


def _forget(user: User, emails: set[str]) -> None:
    user.username = f"deleted-account-{user.pk}"
    user.first_name, user.last_name, user.email = "Deleted", f"account {user.pk}", ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    for rows in (user.memberships, user.sessions, user.api_tokens):
        rows.all().delete()
    EmailAddress.objects.filter(user=user).delete()
    PasswordRequest.objects.filter(email__in=emails).delete()
    Invitation.objects.filter(Q(accepted_by=user) | Q(email__in=emails)).update(email="")
    about = Q(action__startswith="user.") | Q(action__startswith="member.")
    AuditEvent.objects.filter(about, object_id=str(user.pk)).update(object_name=str(user)[:200])
