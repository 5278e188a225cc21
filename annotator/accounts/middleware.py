"""Who sends the request, in which workspace; and errors as responses."""

from __future__ import annotations

from collections.abc import Callable

from django import http
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import render

from annotator.accounts.models import Membership
from annotator.accounts.permissions import wants_json
from annotator.accounts.requests import HttpRequest
from annotator.errors import BadInput, NotPermitted, WrongState

Next = Callable[[HttpRequest], HttpResponseBase]

WORKSPACE_KEY = "workspace"  # in the session, and in a cookie that outlives it


def find_member(request: http.HttpRequest) -> Membership | None:
    """The membership of the chosen workspace, else the person's first, else None.

    Read for every request, so that a changed role takes effect at once. The cookie keeps the choice beyond
    the session: whoever signs in again is in the same workspace.
    """
    if not request.user.is_authenticated:
        return None
    chosen = request.session.get(WORKSPACE_KEY) or request.COOKIES.get(WORKSPACE_KEY)
    memberships = list(
        Membership.objects.filter(user=request.user).select_related("workspace", "user")
    )
    for membership in memberships:
        if str(membership.workspace_id) == chosen:
            return membership
    return memberships[0] if memberships else None


def current_member(get_response: Next) -> Next:
    """Give every request its `member` (a Membership or None)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.member = find_member(request)
        return get_response(request)

    return middleware


def private_pages(get_response: Next) -> Next:
    """Keep personal pages out of every cache, unless the view sets Cache-Control itself.

    Stands outside of the session's middleware, to see the cookies that it sets.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        user = getattr(request, "user", None)
        is_personal = bool(response.cookies) or (user is not None and user.is_authenticated)
        if is_personal and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


class ErrorResponseMiddleware:
    """Turn the errors of `annotator.errors` into pages, or JSON, with the right status."""

    status_of = {NotPermitted: 403, WrongState: 409, BadInput: 400}

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        for error_class, status in self.status_of.items():
            if isinstance(error, error_class):
                if wants_json(request):
                    return JsonResponse({"detail": str(error)}, status=status)
                return render(
                    request, "error.html", {"status": status, "message": str(error)}, status=status
                )
        return None
