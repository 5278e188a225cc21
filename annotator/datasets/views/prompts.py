"""Prompts: a list, and one of them with a check while it is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets import actions
from annotator.datasets.forms.datasets import PROMPTS
from annotator.datasets.forms.prompts import PromptForm
from annotator.datasets.models import Dataset, Prompt
from annotator.datasets.queries.schema import check_template, template_with_all, uses, words
from annotator.errors import BadInput
from annotator.htmx import render_part
from annotator.names import name_contains
from annotator.paging import keyset_page
from annotator.variables import names_in

PAGE_SIZE = 50
FIELD_OF: dict[str, str] = {kind.value: field for field, kind, *_ in PROMPTS}


@require_safe
@allow(Action.READ)
def prompts(request: HttpRequest) -> HttpResponse:
    """The workspace's prompts by name, of one type or all, with who uses them."""
    member = member_of(request)
    kind, search = request.GET.get("type", ""), request.GET.get("q", "").strip()[:200]
    rows = Prompt.objects.visible_to(member).select_related("remote").defer("content")
    if kind in Prompt.Type.values:
        rows = rows.filter(type=kind)
    if search:
        rows = rows.filter(name_contains(search.replace("\x00", "")))
    page = keyset_page(rows, order=("name", "id"), cursor=request.GET.get("after"), size=PAGE_SIZE)
    used = uses(page.rows)
    context = {
        "rows": [(prompt, words(used[prompt.pk])) for prompt in page.rows],
        "kind": kind,
        "search": search,
        "kinds": Prompt.Type.choices,
        "pager": {
            "previous_query": _turn(request, page.previous_cursor),
            "next_query": _turn(request, page.next_cursor),
        },
        "can_manage": may(member, Action.MANAGE_SCHEMA),
    }
    return render_part(
        request, "datasets/prompts.html", "datasets/_prompt_list.html", context, target="prompts"
    )


def _turn(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    params = request.GET.copy()
    params["after"] = cursor
    return f"?{params.urlencode()}"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def new(request: HttpRequest) -> HttpResponse:
    """A new prompt; `dataset` in the address is the one that will use it."""
    member = member_of(request)
    dataset = _dataset(request)
    kind = request.GET.get("type", "")
    initial = {"type": kind if kind in Prompt.Type.values else Prompt.Type.USER}
    if dataset is not None and kind in FIELD_OF:
        label = Prompt.Type(kind).label.lower()
        initial["name"] = f"{dataset.name}: {label}"[: Prompt.NAME_LENGTH]
    form = _form(request, dataset, initial=initial)
    if not _is_saved(request, form, _datasets(request, form, dataset)):
        return render_editor(request, form, dataset)
    with transaction.atomic():
        prompt = actions.create_prompt(member.workspace, by=member.user, **form.changes)
        if dataset is not None and not dataset.is_mirrored:
            actions.update_dataset(dataset, by=member.user, **{FIELD_OF[prompt.type]: prompt})
    messages.success(request, f"{prompt.name} is saved.")
    return _back(dataset)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def edit(request: HttpRequest, prompt_id: UUID) -> HttpResponse:
    """Change a prompt; everything that refers to it follows."""
    prompt = prompt_of(request, prompt_id)
    dataset = _dataset(request)
    if request.method == "POST" and prompt.is_mirrored:
        raise BadInput("This prompt is mirrored: change it on its remote, then mirror again.")
    form = _form(request, dataset, prompt=prompt)
    if not _is_saved(request, form, _datasets(request, form, dataset)):
        return render_editor(request, form, dataset, prompt=prompt)
    actions.update_prompt(prompt, by=member_of(request).user, **form.changes)
    messages.success(request, f"{prompt.name} is saved.")
    return _back(dataset)


@require_POST
@allow(Action.DELETE)
def delete(request: HttpRequest, prompt_id: UUID) -> HttpResponse:
    """Delete a prompt; what used it has none then."""
    prompt = prompt_of(request, prompt_id)
    actions.remove_prompt(prompt, by=member_of(request).user)
    messages.success(request, f"{prompt.name} is deleted.")
    return redirect("datasets:prompts")


def prompt_of(request: HttpRequest, prompt_id: UUID) -> Prompt:
    """A prompt of the workspace, else 404."""
    prompts = Prompt.objects.visible_to(member_of(request))
    return get_object_or_404(prompts.select_related("workspace", "remote"), pk=prompt_id)


def _dataset(request: HttpRequest) -> Dataset | None:
    """The dataset from whose page somebody came; None when it is not one of theirs."""
    try:
        wanted = UUID(request.GET.get("dataset", ""))
    except ValueError:
        return None
    datasets = Dataset.objects.visible_to(member_of(request))
    return datasets.select_related("workspace", "remote").filter(pk=wanted).first()


def _form(request: HttpRequest, dataset: Dataset | None, **kwargs: Any) -> PromptForm:
    """The form with what was posted; “insert all variables” rewrites its text first."""
    if request.method != "POST":
        return PromptForm(**kwargs)
    data = request.POST.copy()
    if "fill" in data and dataset is not None:
        data["content"] = template_with_all(dataset)
        data["format"] = Prompt.Format.JSON
    return PromptForm(data, **kwargs)


def _datasets(request: HttpRequest, form: PromptForm, dataset: Dataset | None) -> list[Dataset]:
    """Those whose variables a template has to fit: the one in the address, and all that use it."""
    if form.kind != Prompt.Type.TEMPLATE:
        return []
    affected = [dataset] if dataset else []
    if form.prompt is not None:
        users = Dataset.objects.visible_to(member_of(request))
        affected += [row for row in users.filter(result_template=form.prompt) if row != dataset]
    return affected


def _is_saved(request: HttpRequest, form: PromptForm, datasets: list[Dataset]) -> bool:
    """Whether to save now. A template that no dataset could use is saved only when told so twice."""
    posted = request.POST
    if request.method != "POST" or "preview" in posted or "fill" in posted or not form.is_valid():
        return False
    if form.kind != Prompt.Type.TEMPLATE or "anyway" in posted:
        return True
    changes = form.changes
    checks = check_template(changes["content"], changes["format"], datasets)
    refused = [check for check in checks if check.refused]
    for check in refused:
        form.add_error("content", f"{check.dataset.name}. {check.refused}")
    return not refused


def render_editor(
    request: HttpRequest,
    form: PromptForm,
    dataset: Dataset | None,
    *,
    prompt: Prompt | None = None,
) -> HttpResponse:
    """The editor, or what is said about the text while it is written."""
    content = form["content"].value() or ""
    format_name = (form["format"].value() or None) if "format" in form.fields else None
    datasets = _datasets(request, form, dataset)
    used = uses([prompt])[prompt.pk] if prompt else None
    context = {
        "crumbs": [
            (reverse("datasets:list"), "Datasets"),
            (reverse("datasets:prompts"), "Prompts"),
        ],
        "form": form,
        "prompt": prompt,
        "dataset": dataset,
        "is_template": form.kind == Prompt.Type.TEMPLATE,
        "checks": check_template(content.replace("\r\n", "\n"), format_name, datasets),
        "places": names_in(content),
        "used": words(used) if used else "",
        "is_shared": used is not None and used.total() > 1,
        "can_fill": dataset is not None and form.kind == Prompt.Type.TEMPLATE,
        "can_save_anyway": form.is_bound and "content" in form.errors,
        "can_delete": may(member_of(request), Action.DELETE),
        "back_url": _back_url(dataset),
    }
    is_try = {"preview", "fill"} & set(request.POST)
    status = 422 if request.method == "POST" and not is_try else 200
    return render_part(
        request,
        "datasets/prompt.html",
        "datasets/_prompt_check.html",
        context,
        target="check",
        status=status,
    )


def _back_url(dataset: Dataset | None) -> str:
    if dataset is None:
        return reverse("datasets:prompts")
    return reverse("datasets:schema", args=[dataset.pk]) + "#prompts"


def _back(dataset: Dataset | None) -> HttpResponse:
    return redirect(_back_url(dataset))
