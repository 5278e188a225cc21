"""Error bodies: always JSON with `detail`."""

from __future__ import annotations

from typing import Any

from rest_framework.views import exception_handler


def handler(error: Exception, context: dict[str, Any]) -> Any:
    """DRF's own handler."""
    return exception_handler(error, context)
