"""The allauth adapter: closed sign-up, a log of failed sign-ins, an audit line for a new password."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from annotator.accounts.audit import record
from annotator.accounts.limits import client_address

# One message for every cause: it does not reveal whether there is such an account.
SIGN_IN_FAILED = "The user name or the password is not right."

log = logging.getLogger(__name__)


class ClosedSignUp(DefaultAccountAdapter):
    """Accounts are made by invitation or by a command, never by signing up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": SIGN_IN_FAILED,
        "email_password_mismatch": SIGN_IN_FAILED,
        "too_many_login_attempts": "Too many failed tries. Wait some minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never; invitation links have a page of their own."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log the failed sign-in, without the password."""
        name = credentials.get("username") or credentials.get("email") or ""
        log.warning("sign-in failed for %r from %s", name[:150], client_address(request))

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that allauth's limits count by."""
        return client_address(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords count for a name and an address together: tries elsewhere don't lock the name."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{client_address(request)} {key}"

    @transaction.atomic
    def set_password(self, user: Any, password: str) -> None:
        """A changed or reset password. It ends the person's other sessions: their hash no longer fits."""
        super().set_password(user, password)
        record("user.password", workspace=None, by=user, target=user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's account."""
        return reverse("accounts:profile")
