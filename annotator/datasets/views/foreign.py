"""Schemas of other programs: variables made of one, and the dataset's schema as one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotator.accounts.forms import add_errors
from annotator.accounts.permissions import Action, allow, member_of
from annotator.datasets.actions import create_variables
from annotator.datasets.forms.foreign import ForeignSchemaForm
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import dataset_of, dataset_page_context
from annotator.datasets.views.schema import local_only
from annotator.errors import BadInput

NAMED = 20  # sentences about what was left out


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def add_from_schema(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Variables of a JSON Schema or of Pydantic source."""
    dataset = dataset_of(request, dataset_id)
    local_only(dataset)
    form = ForeignSchemaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, known = create_variables(dataset, form.read.configs, by=member_of(request).user)
        except BadInput as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{len(made)} variable{pluralize(len(made))} added.")
            left = [*(f"{name} is there already." for name in known), *form.read.left]
            for sentence in left[:NAMED]:
                messages.warning(request, sentence)
            return redirect("datasets:schema", dataset.pk)
    return _page(request, dataset, form)


def _page(request: HttpRequest, dataset: Dataset, form: ForeignSchemaForm) -> HttpResponse:
    context = dataset_page_context(request, dataset, tab="schema")
    schema_url = reverse("datasets:schema", args=[dataset.pk])
    context["crumbs"] = [*context["crumbs"], (schema_url, dataset.name)]
    status = 422 if form.is_bound else 200
    return render(request, "datasets/foreign.html", {**context, "form": form}, status=status)
