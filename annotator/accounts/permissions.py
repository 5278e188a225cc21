"""Every view names its action; roles.py says who may do it.

A page's view wears `@allow(Action.X)`, an API view has `action_for[method]`; without either
the server does not start (checks.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import http
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url

from annotator.accounts.models import Membership
from annotator.accounts.requests import HttpRequest, MemberRequest
from annotator.accounts.roles import MATRIX, Action, may
from annotator.errors import NotPermitted

__all__ = ["MATRIX", "Action", "allow", "mark", "may", "member_of", "public", "wants_json"]

# All addresses of the API; account/ and api/docs/ are pages for people.
API_PATHS = (
    r"^(?:(?:vlm|recognition|detection|authorization)(?:/|$)"
    r"|account/v[0-9]+(?:/|$)|api(?:/(?!docs)|$))"
)
View = Callable[..., HttpResponseBase]


def allow(action: Action) -> Callable[[View], View]:
    """Let only members who may do `action` use a page's view.

    Anonymous: to the sign-in page, or 401 for htmx and JSON, which can do nothing with that page. A person
    in no workspace, or with the wrong role: 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            if request.member is None:
                raise NotPermitted("You are in no workspace. Ask an admin for an invitation.")
            if not may(request.member, action):
                raise NotPermitted(f"Your role does not allow this: {action.value}. Ask an admin.")
            return view(request, *args, **kwargs)

        return mark(checked, action)

    return decorate


def mark(view: View, action: Action | None) -> View:
    """Note on the view which action it takes, None for a public one: checks.py and the tests read it."""
    vars(view)["action"] = action
    return view


def member_of(request: http.HttpRequest) -> Membership:
    """The member that `allow` has made sure of, for views whose request is annotated as Django's."""
    return cast(MemberRequest, request).member


def public(view: View) -> View:
    """Mark a view that anybody may use, signed in or not."""
    return mark(view, None)


def wants_json(request: http.HttpRequest) -> bool:
    """Whether the request is a script's or for the API, which needs JSON instead of a page."""
    accepts_json = "json" in request.headers.get("Accept", "")
    return accepts_json or request.content_type == "application/json" or is_for_api(request)


def is_for_api(request: http.HttpRequest) -> bool:
    """Whether the address is one of the API's."""
    return re.match(API_PATHS, request.path_info.lstrip("/")) is not None


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    detail = "Sign in again; what you typed is kept."
    if wants_json(request):
        return JsonResponse({"detail": detail}, status=401)
    if request.htmx:
        return HttpResponse(detail, status=401, content_type="text/plain")
    # The posted data is lost: after signing in, a GET of this address would be a 405.
    back = (
        request.get_full_path() if request.method in {"GET", "HEAD"} else resolve_url("home:home")
    )
    return redirect_to_login(back, settings.LOGIN_URL)
