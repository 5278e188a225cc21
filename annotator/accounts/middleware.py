"""Who is asking, in which workspace; and errors as answers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from annotator.accounts.models import Membership
from annotator.errors import BadInput, NotPermitted, WrongState

Next = Callable[[HttpRequest], HttpResponseBase]

SESSION_KEY = "workspace"


def find_member(request: HttpRequest) -> Membership | None:
    """The membership of the chosen workspace, else the person's first, else None.

    Read afresh for every request, so that a changed role holds from the next click on.
    """
    if not request.user.is_authenticated:
        return None
    memberships = Membership.objects.filter(user=request.user).select_related("workspace", "user")
    chosen = request.session.get(SESSION_KEY)
    found = memberships.filter(workspace=chosen).first() if chosen else None
    return found or memberships.first()


def current_member(get_response: Next) -> Next:
    """Give every request its `member` (a Membership or None), found when first asked for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.member = SimpleLazyObject(lambda: find_member(request))  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


class errors_as_answers:  # noqa: N801  # a middleware is named like a function
    """Turn the errors of `annotator.errors` into pages with the right status, in this one place."""

    status_of = {NotPermitted: 403, WrongState: 409, BadInput: 400}

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        for kind, status in self.status_of.items():
            if isinstance(error, kind):
                return render(
                    request, "error.html", {"status": status, "message": str(error)}, status=status
                )
        return None
