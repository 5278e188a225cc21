"""Signing in again without leaving the page, and choosing the workspace."""

from __future__ import annotations

import logging
import uuid

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts.adapter import SIGN_IN_FAILED
from annotator.accounts.middleware import WORKSPACE_KEY
from annotator.accounts.models import Workspace
from annotator.accounts.permissions import Action, allow, public, wants_json
from annotator.accounts.requests import HttpRequest
from annotator.errors import BadInput

log = logging.getLogger(__name__)

ONE_YEAR_SECONDS = 365 * 24 * 3600


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in_again(request: HttpRequest) -> HttpResponseBase:
    """Let a page whose session ended go on: it asks for the password and keeps what was typed.

    GET   → 200 {"signed_in": bool, "username": "…" or "", "csrf_token": "…"}. Ask it after a 401 or a 403
            of a save: signing in elsewhere renews the CSRF token, so another tab's may only be stale.
    POST  form fields `username` (of the person whose page it is) and `password`, header `X-CSRFToken`
          → 200 with the same body: send what waits with the new token, in the header of every later call
          → 403 {"detail"}: wrong name or password, or the account is not active; ask again
          → 429 {"detail"}: too many tries; say so and wait
          → 403 {"detail", "csrf_token"}: the CSRF token was stale; take this one and send again

    The page must compare `username` with its own person before it sends anything: what one person
    typed is never saved as another's.
    """
    if request.method != "POST":
        return session_state(request)
    adapter = get_adapter(request)
    name, password = request.POST.get("username", ""), request.POST.get("password", "")
    try:
        user = adapter.authenticate(request, username=name, password=password)
    except ValidationError as error:
        return JsonResponse({"detail": " ".join(error.messages)}, status=429)
    if user is None or not user.is_active:
        return JsonResponse({"detail": SIGN_IN_FAILED}, status=403)
    login(request, user)
    return session_state(request)


def session_state(request: HttpRequest) -> JsonResponse:
    """Who is signed in, and the CSRF token that holds from now on."""
    user = request.user
    return JsonResponse(
        {
            "signed_in": user.is_authenticated,
            "username": user.get_username(),
            "csrf_token": get_token(request),
        }
    )


@public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form that was not sent from a page of ours, or from one that was open too long (403)."""
    log.info("CSRF check failed: %s %s", request.path, reason)
    message = "This page was open for too long. Go back, reload it and send the form again."
    if wants_json(request):
        return JsonResponse({"detail": message, "csrf_token": get_token(request)}, status=403)
    return render(request, "error.html", {"status": 403, "message": message}, status=403)


@require_POST
@allow(Action.OWN_PROFILE)
def switch_workspace(request: HttpRequest) -> HttpResponseBase:
    """Go on in another workspace of the person; kept for their next session too."""
    try:
        chosen = uuid.UUID(request.POST.get("workspace", ""))
    except ValueError as error:
        raise BadInput("Choose a workspace.") from error
    workspaces = Workspace.objects.filter(memberships__user=request.user.pk)
    workspace = get_object_or_404(workspaces, pk=chosen)
    messages.success(request, f"You are in {workspace.name} now.")
    return enter(request, workspace)


def enter(request: HttpRequest, workspace: Workspace) -> HttpResponseBase:
    """To the start page of a workspace, which stays the chosen one."""
    request.session[WORKSPACE_KEY] = str(workspace.pk)
    response = redirect("home:home")
    response.set_cookie(
        WORKSPACE_KEY,
        str(workspace.pk),
        max_age=ONE_YEAR_SECONDS,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response
