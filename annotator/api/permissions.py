"""Permissions of API calls. Everything is forbidden unless a view allows it."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission

from annotator.accounts.permissions import may


class Denied(BasePermission):
    """The default: a view that names no action is forbidden."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """No."""
        return False


class MayAct(BasePermission):
    """Allows what the member's role and the token's scope allow of `view.action_for`."""

    message = "Your role, or the scope of your token, does not allow this."

    def has_permission(self, request: Any, view: Any) -> bool:
        """By the permission matrix. A method that the view does not serve ends as a 405."""
        if view.action in (None, "metadata"):  # metadata: OPTIONS
            return True
        action = view.action_for[view.action]
        self.message = (
            f"Your role, or the scope of your token, does not allow this: {action.value}."
        )
        return may(view.member, action)
