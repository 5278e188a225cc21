"""Who sends the request, in which workspace; and errors as responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import http
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpResponseBase, JsonResponse, QueryDict, UnreadablePostError
from django.shortcuts import render
from django.utils.crypto import constant_time_compare

from annotator.accounts.models import Membership
from annotator.accounts.permissions import wants_json
from annotator.accounts.requests import HttpRequest
from annotator.accounts.responses import bad_text_response, unavailable_response
from annotator.accounts.sessions import SessionStore
from annotator.ui.failures import expected_failure
from annotator.ui.texts import UNSTORABLE, is_storable

Next = Callable[[HttpRequest], HttpResponseBase]

NO_PAGE = "A button leads here, so there is no page to show. Go back and press it again."
WORKSPACE_KEY = "workspace"  # in the session, and in a cookie that outlives it


def chosen_member(request: HttpRequest) -> Membership | None:
    """The membership of the chosen workspace, else the person's first, else None.

    The cookie keeps the choice beyond the session: whoever signs in again is in the same workspace.
    """
    if not request.memberships:
        return None
    chosen = request.session.get(WORKSPACE_KEY) or request.COOKIES.get(WORKSPACE_KEY)
    for membership in request.memberships:
        if str(membership.workspace_id) == chosen:
            return membership
    return request.memberships[0]


def use_loaded_user(request: http.HttpRequest) -> None:
    """Take the person who was loaded with the session, if Django would: it then asks no database.

    Whatever is not as usual (an inactive person, another password, an old secret key) is left to Django.
    """
    session = request.session
    signed_in_as = session.get(SESSION_KEY)
    if not (isinstance(session, SessionStore) and session.memberships):
        return
    user = session.memberships[0].user
    if (
        str(user.pk) == signed_in_as
        and user.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    ):
        # What django.contrib.auth.middleware.get_user looks for.
        vars(request)["_cached_user"] = user


def memberships_of(request: http.HttpRequest) -> list[Membership]:
    """Those of the person who asks, the oldest first, as they are at this moment."""
    if not request.user.is_authenticated:
        return []
    session = request.session
    if isinstance(session, SessionStore) and session.memberships:
        memberships = session.memberships
        if memberships[0].user_id == request.user.pk:
            return memberships
    return list(Membership.objects.filter(user=request.user).select_related("workspace", "user"))


def read_member(get_response: Next) -> Next:
    """Give every request its `memberships`, and of those its `member` (a Membership or None)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        use_loaded_user(request)
        request.memberships = memberships_of(request)
        request.member = chosen_member(request)
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
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or wants_json(request):
            return response
        # Somebody opens or reloads what only a form's button leads to: Django's answer is an empty page.
        page = render(request, "error.html", {"status": 405, "message": NO_PAGE}, status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

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
