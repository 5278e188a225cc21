"""The start page, and whether the server is well."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, public


@public
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """`ok` when the database answers; says nothing else to anybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@allow(Action.READ)
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me, what runs, how far each dataset is."""
    return render(request, "home/home.html", {})
