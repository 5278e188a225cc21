"""One's own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts import actions, anonymity
from annotator.accounts.forms import DeleteAccountForm, ProfileForm, add_errors
from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import MemberRequest
from annotator.accounts.tabs import tabs_for
from annotator.errors import BadInput, WrongState


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.OWN_PROFILE)
def profile(request: MemberRequest) -> HttpResponseBase:
    """Name and e-mail address; nothing else of the account can be sent here."""
    user = request.member.user
    initial = {"full_name": user.get_full_name(), "email": user.email}
    form = ProfileForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        full_name, email = form.cleaned_data["full_name"], form.cleaned_data["email"]
        try:
            actions.change_profile(user, full_name=full_name, email=email)
        except BadInput as error:
            add_errors(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("accounts:profile")
    status = 422 if request.method == "POST" else 200
    return _page(request, status=status, form=form)


@sensitive_post_parameters("password")
@require_POST
@allow(Action.OWN_PROFILE)
def delete(request: MemberRequest) -> HttpResponseBase:
    """Make my account anonymous, for good, with my password; my work stays."""
    user = request.member.user
    form = DeleteAccountForm(request.POST, user=user)
    if form.is_valid():
        try:
            anonymity.delete_account(user, by=user)
        except WrongState as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            messages.success(request, "Your account is deleted.")
            return redirect("account_login")
    return _page(request, status=422, delete_form=form)


def _page(request: MemberRequest, *, status: int = 200, **forms: Any) -> HttpResponseBase:
    user = request.member.user
    initial = {"full_name": user.get_full_name(), "email": user.email}
    context = {
        "tabs": tabs_for(request),
        "form": ProfileForm(user=user, initial=initial),
        "delete_form": DeleteAccountForm(user=user),
        "memberships": user.memberships.select_related("workspace"),
        **forms,
    }
    return render(request, "accounts/profile.html", context, status=status)
