"""One variable: written, tried in a live preview, saved; moved; taken out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts.forms import add_errors
from annotator.accounts.permissions import Action, allow, member_of
from annotator.datasets import actions
from annotator.datasets.forms.variables import ItemSchemaForm, VariableForm
from annotator.datasets.models import Dataset, Variable, VariableValue
from annotator.datasets.queries.schema import (
    invalid_counts,
    template_broken_by,
    values_made_illegal,
)
from annotator.datasets.views.context import dataset_of, dataset_page_context
from annotator.datasets.views.schema import local_only
from annotator.errors import BadInput
from annotator.htmx import render_part
from annotator.variables import VariableSpec, answer_form, json_schema, to_json

COUNTED_LIVE = 5_000  # values that a preview checks while somebody types


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def add(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """A new variable at the end of the form."""
    dataset = dataset_of(request, dataset_id)
    local_only(dataset)
    form = VariableForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            made = actions.create_variable(dataset, by=member_of(request).user, **form.changes)
        except BadInput as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{made.name} is asked from now on.")
            again = "datasets:add_variable" if "another" in request.POST else "datasets:schema"
            return redirect(again, dataset.pk)
    return render_editor(request, dataset, form)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def edit(request: HttpRequest, variable_id: UUID) -> HttpResponse:
    """Change a variable. Asks first when values would become invalid; of a mirrored one only the overlay."""
    variable = variable_of(request, variable_id)
    form_class = ItemSchemaForm if variable.is_mirrored else VariableForm
    form = form_class(request.POST or None, variable=variable)
    if request.method != "POST" or not form.is_valid() or "preview" in request.POST:
        return render_editor(request, variable.dataset, form, variable=variable)
    doubts = _doubts(request, variable, form.spec) if form.spec else {}
    if doubts:
        return render_editor(request, variable.dataset, form, variable=variable, doubts=doubts)
    renames = request.POST.get("template") == "rename"
    try:
        actions.change_variable(
            variable, by=member_of(request).user, renames_in_template=renames, **form.changes
        )
    except BadInput as error:
        add_errors(form, error)
        return render_editor(request, variable.dataset, form, variable=variable)
    marked = invalid_counts([variable]).get(variable.pk, 0)
    if marked:
        are = "value is" if marked == 1 else "values are"
        messages.warning(request, f"Saved. {marked:,} {are} marked as invalid.")
    else:
        messages.success(request, "Saved.")
    return redirect("datasets:schema", variable.dataset_id)


def _doubts(request: HttpRequest, variable: Variable, spec: VariableSpec) -> dict[str, Any]:
    """What a change needs a person's word for: values it makes invalid, a template it breaks."""
    confirmed = request.POST.get("confirmed", "")
    illegal = values_made_illegal(variable, spec)
    if illegal and confirmed != str(illegal):
        return {"illegal": illegal}
    choice = request.POST.get("template", "")
    if choice == "keep":
        return {}
    broken = template_broken_by(variable, spec, renames_place=choice == "rename")
    if not broken:
        return {}
    can_rename = not template_broken_by(variable, spec, renames_place=True)
    return {
        "broken": broken,
        "confirmed": confirmed,
        "new_name": spec.name if can_rename else "",
        "is_copied": not variable.dataset.owns_result_template,
    }


def variable_of(request: HttpRequest, variable_id: UUID) -> Variable:
    """A variable that is in use, with its dataset, else 404."""
    variables = Variable.objects.visible_to(member_of(request))
    with_all = variables.select_related(
        "dataset__workspace", "dataset__remote", "dataset__result_template"
    )
    return get_object_or_404(with_all, pk=variable_id)


def render_editor(
    request: HttpRequest,
    dataset: Dataset,
    form: VariableForm | ItemSchemaForm,
    *,
    variable: Variable | None = None,
    doubts: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of one variable, or its preview alone; `doubts` are what it asks about before it saves."""
    is_preview = "preview" in request.POST
    context: dict[str, Any] = {
        **dataset_page_context(request, dataset, tab="schema"),
        "form": form,
        "variable": variable,
        **(doubts or {}),
        "removal_breaks": template_broken_by(variable, None) if variable else "",
        **_preview(form, variable),
    }
    context["crumbs"] += [
        (reverse("datasets:gallery", args=[dataset.pk]), dataset.name),
        (reverse("datasets:schema", args=[dataset.pk]), "Schema"),
    ]
    return render_part(
        request,
        "datasets/variable.html",
        "datasets/_variable_preview.html",
        context,
        target="preview",
        status=422 if request.method == "POST" and not is_preview else 200,
    )


def _preview(form: VariableForm | ItemSchemaForm, variable: Variable | None) -> dict[str, Any]:
    """The field as annotators will see it, and what the change does to values that are there."""
    spec = form.spec if form.is_bound else variable.spec if variable else None
    if spec is None:
        return {"problem": form.problem}
    value = spec.example()
    return {
        "spec": spec,
        "preview_form": answer_form({"preview": spec}, prefix="p"),
        "written": to_json(value),
        "shown": spec.display(value),
        "json_schema": to_json(json_schema([spec])["properties"][spec.name], indent=2),
        **_effect(variable, spec, is_changed=form.is_bound),
    }


def _effect(variable: Variable | None, spec: VariableSpec, *, is_changed: bool) -> dict[str, Any]:
    if variable is None:
        return {}
    values = VariableValue.objects.filter(variable=variable, is_set=True, sample__removed_at=None)
    there = values.order_by()[: COUNTED_LIVE + 1].count()
    if not is_changed or there > COUNTED_LIVE:
        return {"there": there, "too_many": there > COUNTED_LIVE}
    return {"there": there, "would_break": values_made_illegal(variable, spec), "is_changed": True}


@require_POST
@allow(Action.MANAGE_SCHEMA)
def move(request: HttpRequest, variable_id: UUID) -> HttpResponse:
    """One place up (`up` 1) or down."""
    variable = variable_of(request, variable_id)
    local_only(variable.dataset)
    up = request.POST.get("up") == "1"
    actions.move_variable(variable, by=member_of(request).user, up=up)
    return redirect("datasets:schema", variable.dataset_id)


@require_POST
@allow(Action.MANAGE_SCHEMA)
def remove(request: HttpRequest, variable_id: UUID) -> HttpResponse:
    """Ask it no longer."""
    variable = variable_of(request, variable_id)
    local_only(variable.dataset)
    broken = template_broken_by(variable, None)
    actions.remove_variable(variable, by=member_of(request).user)
    messages.success(request, f"{variable.name} is no longer asked. Its answers are kept.")
    if broken:
        messages.warning(request, f"The result template can't be used any more. {broken}")
    return redirect("datasets:schema", variable.dataset_id)
