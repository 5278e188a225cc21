"""Who may call what. Nothing is open unless a view says so."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission

from annotator.accounts.permissions import may


class Denied(BasePermission):
    """The default: a view that names no action is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """No."""
        return False


class MayAct(BasePermission):
    """Open to those who may do what `view.action_for` names, in the workspace of the request."""

    message = "Your role, or the scope of your token, does not allow this."

    def has_permission(self, request: Any, view: Any) -> bool:
        """Asks the matrix of accounts. A method that the view does not serve goes on to its 405."""
        if view.action in (None, "metadata"):  # metadata: OPTIONS
            return True
        action = view.action_for[view.action]
        self.message = (
            f"Your role, or the scope of your token, does not allow this: {action.value}."
        )
        return may(view.member, action)
