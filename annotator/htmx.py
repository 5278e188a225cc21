"""One URL per screen: the same view renders the whole page or the part that htmx asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def render_part(
    request: HttpRequest,
    page: str,
    part: str,
    context: dict[str, Any],
    *,
    target: str,
    status: int = 200,
) -> HttpResponse:
    """Render `part` when htmx asks for the element with the id `target`, else the whole `page`.

    A boosted link and a step back in the history get the page, so that neither ends as a fragment.
    """
    htmx = HtmxDetails(request)
    is_part = bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    template = part if is_part and htmx.target == target else page
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-Boosted"])
    return response
