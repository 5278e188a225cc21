"""What the API's own documentation (OpenAPI) says beyond what it can see for itself."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """Filled below."""
