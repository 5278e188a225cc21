"""Who may call what. Nothing is open unless a view says so."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission


class Denied(BasePermission):
    """The default: a view that names no action is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """No."""
        return False
