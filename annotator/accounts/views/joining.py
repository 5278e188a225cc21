"""The page behind an invitation link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from annotator.accounts import actions
from annotator.accounts.forms import JoinForm, add_errors
from annotator.accounts.limits import refuse_guess
from annotator.accounts.models import Invitation, User, token_digest
from annotator.accounts.permissions import public
from annotator.accounts.requests import HttpRequest
from annotator.accounts.views.session import enter
from annotator.errors import BadInput, WrongState


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Who invites to what. A person who is signed in joins; the others make their account here."""
    invitation = (
        Invitation.objects.pending()
        .filter(digest=token_digest(secret), created_by__is_active=True)
        .select_related("workspace", "created_by")
        .first()
    )
    if invitation is None:
        return refuse_guess(request) or render(request, "accounts/join_ended.html", status=404)
    if request.user.is_authenticated:
        return join_as_oneself(request, invitation, request.user)
    return join_with_account(request, invitation)


def join_as_oneself(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponseBase:
    """Somebody who is signed in only has to say yes."""
    is_in = invitation.workspace.memberships.filter(user=user.pk).exists()
    if request.method != "POST" or is_in:
        context = {"invitation": invitation, "is_in": is_in}
        return render(request, "accounts/join_signed_in.html", context)
    actions.accept_invitation(invitation, user=user)
    messages.success(request, f"Welcome to {invitation.workspace.name}.")
    return enter(request, invitation.workspace)


def join_with_account(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    """Make the account, join and sign in, all or nothing."""
    form = JoinForm(request.POST or None, initial={"email": invitation.email})
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.join_with_new_account(invitation, **form.cleaned_data)
        except BadInput as error:
            add_errors(form, error)
        except WrongState:
            return render(request, "accounts/join_ended.html", status=404)
        else:
            login(request, user)
            messages.success(request, f"Welcome to {invitation.workspace.name}.")
            return enter(request, invitation.workspace)
    status = 422 if request.method == "POST" else 200
    context = {"invitation": invitation, "form": form}
    return render(request, "accounts/join.html", context, status=status)
