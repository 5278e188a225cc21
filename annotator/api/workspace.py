"""Which workspace a request acts in, decided here alone."""

from __future__ import annotations

import uuid
from typing import Any, cast

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from annotator.accounts.middleware import chosen_member
from annotator.accounts.models import ApiToken, Membership, User
from annotator.accounts.requests import HttpRequest

DEFAULT = "default"
WITH_BODY = {"POST", "PUT", "PATCH", "DELETE"}


def resolve_member(request: Request) -> Membership:
    """The caller's membership in the workspace that the request names.

    `?workspace=` or `"workspace"` in the body: an id, or `default` in any case. Without it a token acts
    in its own workspace, a person in the one chosen in the browser. One that does not exist and one that
    the caller is no member of give the same 404, as do two different ones in one request.
    """
    token = request.auth if isinstance(request.auth, ApiToken) else None
    workspace_id = _requested_id(request)
    if token is not None and workspace_id in (None, token.workspace_id) and token.member:
        return token.member
    memberships = Membership.objects.filter(user=request.user.pk).select_related("workspace")
    if workspace_id is not None:
        member = memberships.filter(workspace=workspace_id).first()
        if member is None:
            raise NotFound("There is no such workspace, or you are not in it.")
    elif token is not None:
        member = memberships.filter(workspace=token.workspace_id).first()
    else:
        member = chosen_member(cast(HttpRequest, request._request))
    if member is None:
        raise PermissionDenied("You are not in this workspace (any more). Ask its admin.")
    assert isinstance(request.user, User)  # signed in: ApiView.initial has refused everybody else
    member.user = request.user
    if token is not None:
        member.token_scope = token.scope
    return member


def _requested_id(request: Request) -> uuid.UUID | None:
    """The workspace that the request asks for, None for the default one."""
    wanted = {_workspace_id(text) for text in _requested(request) if not _is_default(text)}
    if len(wanted) > 1:
        raise NotFound("The address and the body name two different workspaces. Name one.")
    return wanted.pop() if wanted else None


def _requested(request: Request) -> list[Any]:
    requested: list[Any] = request.query_params.getlist("workspace")
    if request.method in WITH_BODY and isinstance(request.data, dict):
        requested = [*requested, request.data.get("workspace")]
    return requested


def _is_default(text: Any) -> bool:
    return text in (None, "") or (isinstance(text, str) and text.lower() == DEFAULT)


def _workspace_id(text: Any) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise NotFound("There is no such workspace, or you are not in it.") from None
