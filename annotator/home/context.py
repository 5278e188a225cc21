"""What the frame around every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The member's workspace, role and theme; the navigation."""
    member = getattr(request, "member", None)
    theme = request.COOKIES.get("theme", "auto")
    return {
        "member": member,
        "theme": theme if theme in {"light", "dark"} else "auto",
        "nav": [],
    }
