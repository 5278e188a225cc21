"""Pages of the room: reading guidelines, writing them, and the text beside a form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.errors import BadInput, Conflict
from annotator.guidelines import actions
from annotator.guidelines.forms import MAX_LENGTH, GuidelineForm
from annotator.guidelines.models import Guideline, Reading
from annotator.guidelines.queries import readers_of, versions_of
from annotator.guidelines.rendering import picture_text, rendered
from annotator.htmx import render_part
from annotator.images.actions import store_image

MOST_FILES = 20  # of one upload


@require_safe
@allow(Action.READ)
def guidelines(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The newest version, or an older one (`version`), with all versions and who has read it."""
    dataset, member = dataset_of(request, dataset_id), member_of(request)
    versions = list(versions_of(dataset))
    shown = _version(request, versions)
    read = Reading.objects.filter(guideline=shown, user=member.user)
    context = {
        **_context(request, dataset),
        "shown": shown,
        "html": rendered(shown.text, dataset.workspace) if shown else "",
        "versions": versions,
        "is_newest": shown is not None and shown == versions[0],
        "is_unread": shown is not None and shown == versions[0] and not read.exists(),
        "readers": readers_of(shown, member) if shown else None,
        "can_write": may(member, Action.MANAGE_SCHEMA),
    }
    return render(request, "guidelines/guidelines.html", context)


def _version(request: HttpRequest, versions: list[Guideline]) -> Guideline | None:
    """The version of the address, else the newest; None when there is none at all. 404 for an unknown one."""
    wanted = request.GET.get("version", "")
    if not wanted:
        return versions[0] if versions else None
    named = [each for each in versions if str(each.version) == wanted]
    if not named:
        raise Http404("There is no such version.")
    return named[0]


def _context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    context = dataset_page_context(request, dataset, tab="guidelines")
    return context | {"crumbs": crumbs_to(dataset)}


@require_POST
@allow(Action.READ)
def read(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """I have opened the newest version: its text for a script, else back to its page."""
    dataset = dataset_of(request, dataset_id)
    newest = get_object_or_404(Guideline.objects.visible_to(member_of(request)), **_newest(dataset))
    actions.mark_read(newest, member_of(request).user)
    if "beside" not in request.POST:
        return redirect("guidelines:guidelines", dataset.pk)
    html = rendered(newest.text, dataset.workspace)
    return render(request, "guidelines/_text.html", {"html": html})


def _newest(dataset: Dataset) -> dict[str, Any]:
    newest = Guideline.objects.newest(dataset)
    return {"pk": newest.pk if newest else None}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def write(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Write the next version. A POST with `preview` shows the text, one with `files` adds pictures to it."""
    dataset = dataset_of(request, dataset_id)
    if request.method != "POST":
        newest = Guideline.objects.newest(dataset)
        initial = {
            "text": newest.text if newest else "",
            "version": newest.version if newest else 0,
        }
        return _editor(request, dataset, GuidelineForm(initial=initial))
    if "preview" in request.POST:
        return _editor(request, dataset, GuidelineForm(request.POST))
    if "add" in request.POST:
        return _editor(request, dataset, _with_pictures(request, dataset))
    form = GuidelineForm(request.POST)
    if form.is_valid():
        try:
            _save(request, dataset, form)
        except Conflict as conflict:
            form = _late(request, conflict)
        else:
            messages.success(request, "Saved. People who label see it the next time.")
            return redirect("guidelines:guidelines", dataset.pk)
    return _editor(request, dataset, form, status=422)


def _save(request: HttpRequest, dataset: Dataset, form: GuidelineForm) -> None:
    text, version = form.cleaned_data["text"], form.cleaned_data["version"]
    actions.save_guideline(dataset, text, seen_version=version, by=member_of(request).user)


def _late(request: HttpRequest, conflict: Conflict) -> GuidelineForm:
    """The form again with what was typed; it names the newer version, so that a second save goes through."""
    data = request.POST.copy()
    data["version"] = str(conflict.rev)
    form = GuidelineForm(data)
    form.full_clean()
    form.add_error("text", str(conflict))
    return form


def _with_pictures(request: HttpRequest, dataset: Dataset) -> GuidelineForm:
    """The form with the posted pictures at the end of its text; each is kept among the workspace's images."""
    data = request.POST.copy()
    files = request.FILES.getlist("files")
    if len(files) > MOST_FILES:
        raise BadInput(f"Send at most {MOST_FILES} pictures at once.")
    if not files:
        messages.error(request, "Choose a picture first.")
    for file in files:
        try:
            image, _ = store_image(
                dataset.workspace, file.read(), name=file.name or "", by=member_of(request).user
            )
        except BadInput as error:
            messages.error(request, f"{file.name}: {error}")
        else:
            data["text"] = f"{data.get('text', '').rstrip()}\n\n{picture_text(image)}\n".lstrip()
    return GuidelineForm(data)


def _editor(
    request: HttpRequest, dataset: Dataset, form: GuidelineForm, *, status: int = 200
) -> HttpResponse:
    """The editor with the text as it will look, or that alone."""
    text = (form["text"].value() or "")[:MAX_LENGTH]
    context = {
        **_context(request, dataset),
        "form": form,
        "html": rendered(text, dataset.workspace),
    }
    return render_part(
        request,
        "guidelines/write.html",
        "guidelines/_preview.html",
        context,
        target="preview",
        status=status,
    )
