"""Sign-up is closed: accounts are made by invitation or by an admin."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):
    """What allauth asks of us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never; invitation links have a page of their own."""
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> Any:
        """The same answer as for a wrong password would tell too little: allauth's own page."""
        return super().respond_user_inactive(request, user)
