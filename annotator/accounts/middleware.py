"""Who sends the request, in which workspace; and errors as responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import http
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpResponseBase, JsonResponse, QueryDict, UnreadablePostError
from django.shortcuts import render

from annotator.accounts.models import Membership
from annotator.accounts.permissions import wants_json
from annotator.accounts.requests import HttpRequest
from annotator.accounts.responses import bad_text_response, unavailable_response
from annotator.ui.failures import expected_failure
from annotator.ui.texts import UNSTORABLE, is_storable

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


def read_member(get_response: Next) -> Next:
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
        if "Cache-Control" in response.headers:
            return response
        user = getattr(request, "user", None)
        if response.cookies or (user is not None and user.is_authenticated):
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


class ErrorResponseMiddleware:
    """Turn the errors of views into pages, or JSON, with the status that annotator.ui.failures says."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, SuspiciousOperation):
            return None  # Django's own: it writes them to the security log
        failure = expected_failure(error)
        if failure is None:
            return unavailable_response(request, error)
        if wants_json(request):
            return JsonResponse({"detail": failure.detail}, status=failure.status)
        context = {"status": failure.status, "message": failure.detail}
        return render(request, "error.html", context, status=failure.status)


def available(factory: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A middleware that needs the database before or after the view, and answers when it fails there."""

    def wrapped(get_response: Next) -> Next:
        middleware = factory(get_response)

        def checked(request: HttpRequest) -> HttpResponseBase:
            try:
                return middleware(request)
            except (DatabaseError, OSError) as error:
                response = unavailable_response(request, error)
                if response is None:
                    raise
                return response

        return checked

    return wrapped


session = available(SessionMiddleware)
current_member = available(read_member)


class StorableTextMiddleware:
    """Refuse (400) a path, query, header, cookie or form with a text that no database can store.

    PostgreSQL takes no NUL, and no encoding takes half of a surrogate pair. JSON of the API is checked by its
    parser. A form is read here before the view, and before the check of its CSRF token reads it anyway.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        headers = [value for name, value in request.META.items() if name.startswith("HTTP_")]
        cookies = [*request.COOKIES, *request.COOKIES.values()]
        if not all(map(is_storable, [request.path_info, *headers, *cookies])):
            return bad_text_response(request, UNSTORABLE)
        return self._refusal(request, request.GET) or self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        try:
            names = [file.name or "" for _, files in request.FILES.lists() for file in files]
            return self._refusal(request, request.POST, *names, *request.FILES)
        except OSError as error:
            if isinstance(error, UnreadablePostError):
                raise
            return unavailable_response(request, error)

    def _refusal(
        self, request: HttpRequest, fields: QueryDict, *more: str
    ) -> HttpResponseBase | None:
        texts = [text for name, values in fields.lists() for text in (name, *values)]
        if all(map(is_storable, [*texts, *more])):
            return None
        return bad_text_response(request, UNSTORABLE)
