"""The documentation's pages. They load nothing from other hosts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow
from annotator.api.documentation.decisions import DECISIONS, DIFFERENCES
from annotator.api.documentation.reference import sections

PAGES = (
    ("api:docs", "Reference"),
    ("api:decisions", "Decisions"),
    ("api:from-the-cloud", "Coming from the cloud"),
)


def _page(request: HttpRequest, template: str, **context: object) -> HttpResponse:
    tabs = [
        {"url": reverse(name), "label": label, "is_here": request.path == reverse(name)}
        for name, label in PAGES
    ]
    host = f"{request.scheme}://{request.get_host()}"
    return render(request, template, {"tabs": tabs, "host": host, **context})


@require_safe
@allow(Action.READ)
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its fields, and a command to copy."""
    host = f"{request.scheme}://{request.get_host()}"
    rows = [
        (
            section.name,
            [(each, each.command(host), each.form_command(host)) for each in section.operations],
        )
        for section in sections()
    ]
    return _page(request, "api/docs.html", sections=rows)


@require_safe
@allow(Action.READ)
def decisions(request: HttpRequest) -> HttpResponse:
    """What is done where the platform's page is silent."""
    return _page(request, "api/decisions.html", decisions=DECISIONS)


@require_safe
@allow(Action.READ)
def from_the_cloud(request: HttpRequest) -> HttpResponse:
    """The three differences that a user of the vendor's cloud meets."""
    return _page(request, "api/from_the_cloud.html", differences=DIFFERENCES)
