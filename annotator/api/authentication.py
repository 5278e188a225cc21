"""`Authorization: Token …`, checked against the digests that `accounts` keeps."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from django.db.models import CharField, DateTimeField, F
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header

from annotator.accounts.jobs import record_token_use
from annotator.accounts.models import (
    LAST_USE_STEP,
    ApiToken,
    Membership,
    User,
    Workspace,
    token_digest,
)
from annotator.compiled import CompiledQuery, Given, stored
from annotator.queueing import enqueue_on_commit

TOKEN = [field.attname for field in ApiToken._meta.concrete_fields]
USER = [field.attname for field in User._meta.concrete_fields]
WORKSPACE = ["id", "name", "created_at"]
MEMBER = ["id", "user_id", "workspace_id", "role"]
# The token with its owner, their workspace and role in one query, which is made for every call: what is
# revoked or changed takes effect at once.
TOKENS = CompiledQuery(
    lambda: (
        ApiToken.objects.usable(Given("now", DateTimeField()))
        .filter(digest=Given("digest", CharField()))
        .filter(workspace__memberships__user=F("user"))
        .values_list(
            *TOKEN,
            *(f"user__{name}" for name in USER),
            *("workspace__name", "workspace__created_at"),
            *("workspace__memberships__id", "workspace__memberships__role"),
        )
    )
)
# By digest: when this process last passed on that a token was used, in seconds of its own clock.
_passed_on: dict[str, float] = {}


class TokenAuthentication(BaseAuthentication):
    """Authenticates the token's owner; the token itself becomes `request.auth`."""

    keyword = "Token"

    def authenticate(self, request: Any) -> tuple[Any, ApiToken] | None:
        """(user, token), None without the header; AuthenticationFailed for a bad one."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword.lower().encode():
            return None
        if len(parts) != 2:
            raise exceptions.AuthenticationFailed("Invalid token header.")
        token = _read_token(token_digest(parts[1].decode("latin-1")))
        if token is None:
            raise exceptions.AuthenticationFailed("Invalid token.")
        _record_use(token)
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        """Makes the response a 401 instead of a 403."""
        return self.keyword


def _read_token(digest: str) -> ApiToken | None:
    """The usable token with its user; with its member too, unless its owner has left the workspace."""
    rows = TOKENS.rows(digest=digest, now=timezone.now())
    if not rows:
        return ApiToken.objects.usable().select_related("user").filter(digest=digest).first()
    *columns, name, created_at, membership_id, role = rows[0]
    token = stored(ApiToken, TOKEN, columns[: len(TOKEN)])
    token.user = stored(User, USER, columns[len(TOKEN) :])
    token.workspace = stored(Workspace, WORKSPACE, (token.workspace_id, name, created_at))
    of_member = (membership_id, token.user_id, token.workspace_id, role)
    token.member = stored(Membership, MEMBER, of_member)
    token.member.user, token.member.workspace = token.user, token.workspace
    token.member.token_scope = token.scope
    return token


def _record_use(token: ApiToken) -> None:
    """In a job, at most one a minute: a call that only reads must not wait for a write."""
    if token.was_used_lately:
        return
    seconds = LAST_USE_STEP.total_seconds()
    now = time.monotonic()
    if now < _passed_on.get(token.digest, -seconds) + seconds:
        return
    _passed_on[token.digest] = now
    if cache.add(f"token-used:{token.pk}", 1, timeout=int(seconds)):
        enqueue_on_commit(record_token_use, token.pk)
