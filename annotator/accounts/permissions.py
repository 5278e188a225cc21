"""The permission matrix: which role, and which token scope, may do what. Every view names its action.

A page's view wears `@allow(Action.X)`, an API view has `action_for[method]`; a view with neither stops the
start (checks.py). The rows follow RELIABILITY section 5; tests are made from this very table.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url

from annotator.accounts.models import Membership, Role, Scope
from annotator.errors import NotPermitted

View = Callable[..., HttpResponseBase]

EVERYONE = frozenset(Role)
REVIEWERS = frozenset({Role.REVIEWER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
SCOPES = {Scope.READ: 0, Scope.LABEL: 1, Scope.MANAGE: 2}


@dataclass(frozen=True)
class Rule:
    """Who may: the roles, and the least scope of a token (None: never by token)."""

    roles: frozenset[Role]
    scope: Scope | None


class Action(enum.StrEnum):
    """Everything that can be done; each has one line in MATRIX."""

    READ = "read datasets, variables, prompts, samples, images, tasks"
    LABEL = "take the next sample, save one's own answer"
    READ_OTHERS_ANSWERS = "read another annotator's answer"
    BREAK_LEASE = "break another's lease"
    REVIEW = "approve, edit, return, resolve a conflict"
    REOPEN = "re-open an approved sample"
    MANAGE_SAMPLES = "create samples, upload images, set test, type and metadata"
    SET_VALUES = "set a sample's value past the review"
    EXPORT = "export a dataset"
    MANAGE_SCHEMA = "create and change datasets, variables, prompts, tasks"
    DELETE = "delete samples, prompts, datasets, tasks"
    SEE_SYNC = "see the state of mirroring, pushing, training"
    MANAGE_REMOTES = "connect and edit a remote"
    SYNC = "start and stop mirroring and pushing, retry"
    TRAIN = "start and cancel training, choose the production version"
    MANAGE_PEOPLE = "invite, change roles, deactivate"
    OWN_PROFILE = "change one's own profile, switch workspace"
    OWN_TOKENS = "create and revoke one's own API tokens"
    READ_AUDIT = "read the audit trail"


MATRIX: dict[Action, Rule] = {
    Action.READ: Rule(EVERYONE, Scope.READ),
    Action.LABEL: Rule(EVERYONE, Scope.LABEL),
    Action.READ_OTHERS_ANSWERS: Rule(REVIEWERS, Scope.READ),
    Action.BREAK_LEASE: Rule(REVIEWERS, Scope.MANAGE),
    Action.REVIEW: Rule(REVIEWERS, Scope.LABEL),
    Action.REOPEN: Rule(REVIEWERS, Scope.MANAGE),
    Action.MANAGE_SAMPLES: Rule(REVIEWERS, Scope.MANAGE),
    Action.SET_VALUES: Rule(REVIEWERS, Scope.LABEL),
    Action.EXPORT: Rule(REVIEWERS, Scope.READ),
    Action.MANAGE_SCHEMA: Rule(ADMINS, Scope.MANAGE),
    Action.DELETE: Rule(ADMINS, Scope.MANAGE),
    Action.SEE_SYNC: Rule(REVIEWERS, Scope.READ),
    Action.MANAGE_REMOTES: Rule(ADMINS, None),
    Action.SYNC: Rule(ADMINS, Scope.MANAGE),
    Action.TRAIN: Rule(ADMINS, Scope.MANAGE),
    Action.MANAGE_PEOPLE: Rule(ADMINS, None),
    Action.OWN_PROFILE: Rule(EVERYONE, None),
    Action.OWN_TOKENS: Rule(EVERYONE, None),
    Action.READ_AUDIT: Rule(REVIEWERS, Scope.READ),
}


def may(member: Membership | None, action: Action) -> bool:
    """Whether this member, through this token if it came with one, may do the action."""
    if member is None:
        return False
    rule = MATRIX[action]
    if member.role not in rule.roles:
        return False
    if member.token_scope is None:
        return True
    return rule.scope is not None and SCOPES[Scope(member.token_scope)] >= SCOPES[rule.scope]


def allow(action: Action) -> Callable[[View], View]:
    """Let a page's view be used by members who may do `action`; the others are told plainly.

    Anonymous: to the sign-in page, or 401 for htmx and JSON (a save must never end in a login page's
    HTML). A member of no workspace, or of the wrong role: 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            member = request.member  # type: ignore[attr-defined]  # set by our middleware
            if member is None:
                raise NotPermitted("You are in no workspace. Ask an admin for an invitation.")
            if not may(member, action):
                raise NotPermitted(f"Your role does not allow this: {action.value}.")
            return view(request, *args, **kwargs)

        checked.action = action  # type: ignore[attr-defined]  # read by checks.py and the tests
        return checked

    return decorate


def member_of(request: HttpRequest) -> Membership:
    """The member that `allow` has made sure of."""
    return request.member  # type: ignore[attr-defined]  # set by our middleware


def public(view: View) -> View:
    """Mark a view that anybody may use, signed in or not."""
    view.action = None  # type: ignore[attr-defined]
    return view


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, that can do nothing with a page."""
    return "json" in request.headers.get("Accept", "") or request.content_type == "application/json"


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    said = "Sign in again; what you typed is kept."
    if wants_json(request):
        return JsonResponse({"detail": said}, status=401)
    if getattr(request, "htmx", False):
        return HttpResponse(said, status=401, content_type="text/plain")
    # What was posted is gone: after signing in, the address alone would answer 405.
    back = (
        request.get_full_path() if request.method in {"GET", "HEAD"} else resolve_url("home:home")
    )
    return redirect_to_login(back, settings.LOGIN_URL)
