"""`Authorization: Token …`, checked against the digests that `accounts` keeps."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header

from annotator.accounts.jobs import record_token_use
from annotator.accounts.models import LAST_USE_STEP, ApiToken, token_digest
from annotator.queueing import enqueue_on_commit


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
        digest = token_digest(parts[1].decode("latin-1"))
        try:
            token = ApiToken.objects.usable().select_related("user").get(digest=digest)
        except ApiToken.DoesNotExist:
            raise exceptions.AuthenticationFailed("Invalid token.") from None
        _record_use(token)
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        """Makes the response a 401 instead of a 403."""
        return self.keyword


def _record_use(token: ApiToken) -> None:
    """In a job, at most one a minute: a call that only reads must not wait for a write."""
    seconds = int(LAST_USE_STEP.total_seconds())
    if not token.was_used_lately and cache.add(f"token-used:{token.pk}", 1, timeout=seconds):
        enqueue_on_commit(record_token_use, token.pk)
