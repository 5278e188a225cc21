"""Endpoints: the list, a new one, change, delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts import audit
from annotator.accounts.permissions import Action, allow, member_of
from annotator.predictions.forms import EndpointForm
from annotator.predictions.models import Endpoint


@require_safe
@allow(Action.MANAGE_REMOTES)
def list_(request: HttpRequest) -> HttpResponse:
    """The endpoints of the workspace."""
    endpoints = Endpoint.objects.visible_to(member_of(request))
    return render(request, "predictions/endpoints.html", {"endpoints": endpoints})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_REMOTES)
def new(request: HttpRequest) -> HttpResponse:
    """Add one."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_REMOTES)
def edit(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Change one; its key is written only."""
    return _form(request, _visible(request, endpoint_id))


def _visible(request: HttpRequest, endpoint_id: UUID) -> Endpoint:
    return get_object_or_404(Endpoint.objects.visible_to(member_of(request)), pk=endpoint_id)


def _form(request: HttpRequest, endpoint: Endpoint | None) -> HttpResponse:
    member = member_of(request)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if form.is_valid():
        row = form.store(member.workspace)
        audit.record("endpoint.save", workspace=member.workspace, by=member.user, target=row)
        messages.success(request, "Saved.")
        return redirect("predictions:endpoints")
    context = {
        "form": form,
        "endpoint": endpoint,
        "here": endpoint.name if endpoint else "New endpoint",
        "crumbs": [(reverse("predictions:endpoints"), "Endpoints")],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "predictions/endpoint.html", context, status=status)


@require_POST
@allow(Action.MANAGE_REMOTES)
def delete(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Take it out of the list, and its key out of the database; what it suggested stays."""
    endpoint = _visible(request, endpoint_id)
    Endpoint.objects.filter(pk=endpoint.pk).update(removed_at=timezone.now(), encrypted_key=b"")
    member = member_of(request)
    audit.record("endpoint.delete", workspace=member.workspace, by=member.user, target=endpoint)
    messages.success(request, f"{endpoint.name} is deleted.")
    return redirect("predictions:endpoints")
