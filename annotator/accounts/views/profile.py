"""One's own account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from annotator.accounts import actions
from annotator.accounts.forms import ProfileForm, add_errors
from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import MemberRequest
from annotator.accounts.tabs import tabs_for
from annotator.errors import BadInput


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
    memberships = user.memberships.select_related("workspace")
    context = {"tabs": tabs_for(request), "form": form, "memberships": memberships}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/profile.html", context, status=status)
