"""The workspace's remotes: connect, edit, test, pause."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.forms import add_errors
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.connections import actions
from annotator.connections.forms import RemoteForm
from annotator.connections.models import Remote
from annotator.errors import BadInput
from annotator.ui.refusals import refusal_as_message


@require_safe
@allow(Action.SEE_SYNC)
def list_remotes(request: HttpRequest) -> HttpResponseBase:
    """All remotes and their states."""
    member = member_of(request)
    context = {
        "remotes": Remote.objects.visible_to(member).select_related("created_by"),
        "can_manage": may(member, Action.MANAGE_REMOTES),
        "can_sync": may(member, Action.SYNC),
    }
    return render(request, "connections/list.html", context)


@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_REMOTES)
def new(request: HttpRequest) -> HttpResponseBase:
    """Connect a remote, and test it at once: a typing error shows here."""
    member = member_of(request)
    form = RemoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            remote = actions.connect(member.workspace, by=member.user, **form.cleaned_data)
        except BadInput as error:
            add_errors(form, error)
        else:
            return _tested(request, remote)
    return _form(request, form, remote=None)


@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_REMOTES)
def edit(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """Change name, address, token or workspace."""
    remote = _find(request, remote_id)
    form = RemoteForm(request.POST or None, remote=remote)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update(remote, by=member_of(request).user, **form.cleaned_data)
        except BadInput as error:
            add_errors(form, error)
        else:
            return _tested(request, remote)
    return _form(request, form, remote=remote)


@require_POST
@allow(Action.MANAGE_REMOTES)
def test(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """Call the remote and show what the token gives access to."""
    return _tested(request, _find(request, remote_id))


@require_POST
@allow(Action.MANAGE_REMOTES)
def pause(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """Make no calls for a while."""
    user = member_of(request).user
    remote = _find(request, remote_id)
    actions.pause(remote, reason=f"Paused by {user.display_name}.", by=user)
    return redirect("connections:list")


@require_POST
@allow(Action.MANAGE_REMOTES)
def resume(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """Make calls again."""
    actions.resume(_find(request, remote_id), by=member_of(request).user)
    return redirect("connections:list")


@require_POST
@allow(Action.MANAGE_REMOTES)
def remove(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """Remove a remote from which nothing is mirrored."""
    remote = _find(request, remote_id)
    with refusal_as_message(request):
        actions.remove(remote, by=member_of(request).user)
        messages.success(request, f"{remote.name} was removed.")
    return redirect("connections:list")


def _find(request: HttpRequest, remote_id: Any) -> Remote:
    return get_object_or_404(Remote.objects.visible_to(member_of(request)), pk=remote_id)


def _tested(request: HttpRequest, remote: Remote) -> HttpResponseBase:
    check = actions.test(remote, by=member_of(request).user)
    message = f"{remote.name}: {' '.join(check.sentences)}"
    (messages.success if check.works else messages.error)(request, message)
    return redirect("connections:list")


def _form(request: HttpRequest, form: RemoteForm, *, remote: Remote | None) -> HttpResponseBase:
    context = {
        "form": form,
        "remote": remote,
        "crumbs": [(reverse("connections:list"), "Remotes")],
        "here": "Connect a remote" if remote is None else f"Edit {remote.name}",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "connections/form.html", context, status=status)
