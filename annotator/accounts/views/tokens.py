"""API tokens: create, show once, revoke."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts import actions
from annotator.accounts.forms import TokenForm
from annotator.accounts.models import ApiToken, Membership, Scope
from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import MemberRequest
from annotator.accounts.tabs import tabs_for


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.OWN_TOKENS)
def tokens(request: MemberRequest) -> HttpResponseBase:
    """One's own tokens; for an admin those of the others too. A POST makes one and shows it.

    It renders the page instead of redirecting: the token is stored nowhere, so this is the only chance.
    """
    if request.method != "POST":
        return tokens_page(request, form=new_form(request))
    form = new_form(request, request.POST)
    if not form.is_valid():
        return tokens_page(request, status=422, form=form)
    token, plain = actions.create_token(
        form.member(),
        name=form.cleaned_data["name"],
        scope=Scope(form.cleaned_data["scope"]),
        expires_at=form.expires_at(),
    )
    return tokens_page(request, status=201, form=new_form(request), token=token, plain=plain)


def new_form(request: MemberRequest, data: Any = None) -> TokenForm:
    """The form with the person's workspaces, the current one chosen."""
    memberships = Membership.objects.filter(user=request.user.pk).select_related("workspace")
    current = {"workspace": str(request.member.workspace_id)}
    return TokenForm(data, memberships=list(memberships), initial=current)


def tokens_page(request: MemberRequest, *, status: int = 200, **extra: Any) -> HttpResponseBase:
    """The tokens page."""
    visible = ApiToken.objects.visible_to(request.member).select_related("user", "workspace")
    context = {
        "tabs": tabs_for(request),
        "mine": [token for token in visible if token.user_id == request.user.pk],
        "others": [token for token in visible if token.user_id != request.user.pk],
        **extra,
    }
    return render(request, "accounts/tokens.html", context, status=status)


@require_POST
@allow(Action.OWN_TOKENS)
def revoke(request: MemberRequest, token_id: int) -> HttpResponseBase:
    """Revoke one's own token, as an admin anybody's of the workspace; calls with it get a 401."""
    visible = ApiToken.objects.visible_to(request.member).select_related("workspace")
    token = get_object_or_404(visible, pk=token_id)
    actions.revoke_token(token, by=request.member.user)
    messages.success(request, f"The token {token} no longer works.")
    return redirect("accounts:tokens")
