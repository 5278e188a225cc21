"""The schema page: a dataset's variables in order, its prompts, and what both lead to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.datasets import actions
from annotator.datasets.forms.datasets import PROMPTS
from annotator.datasets.models import Dataset, Prompt
from annotator.datasets.queries.examples import example_rendering
from annotator.datasets.queries.schema import check_template, invalid_counts, uses, words
from annotator.datasets.views.context import dataset_of, dataset_page_context, work_links
from annotator.errors import BadInput
from annotator.variables import answer_form, json_schema, to_json
from annotator.variables.foreign import write_pydantic


@require_safe
@allow(Action.READ)
def schema(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Variables, prompts, the form and the texts that they make."""
    dataset = dataset_of(request, dataset_id)
    variables = list(dataset.variables.live())
    invalid = invalid_counts(variables)
    gallery_url = reverse("datasets:gallery", args=[dataset.pk])
    is_empty = bool(variables) and not dataset.samples.filter(removed_at=None).exists()
    links = work_links(request, dataset)
    context = {
        **dataset_page_context(request, dataset, tab="schema"),
        "import_url": links["import_url"] if is_empty else "",
        "answers_url": links["answers_url"],
        "rows": [
            (
                variable,
                variable.spec.limits_text(),
                invalid.get(variable.pk, 0),
                f"{gallery_url}?v.{variable.name}.is=invalid",
            )
            for variable in variables
        ],
        "form": answer_form({str(variable.pk): variable.spec for variable in variables}),
        "rendered": example_rendering(dataset, variables) if variables else None,
        "json_schema": to_json(json_schema([each.spec for each in variables]), indent=2),
        "pydantic": write_pydantic([each.spec for each in variables]),
        "prompts": _prompts(request, dataset),
        "check": _check(dataset),
    }
    return render(request, "datasets/schema.html", context)


def _prompts(request: HttpRequest, dataset: Dataset) -> list[dict[str, Any]]:
    """The three prompts: what is chosen, who else uses it, what else there is."""
    there = list(Prompt.objects.visible_to(member_of(request)).defer("content"))
    chosen = [getattr(dataset, name) for name, *_ in PROMPTS]
    used = uses([prompt for prompt in chosen if prompt])
    return [
        {
            "name": name,
            "type": kind,
            "label": label,
            "about": about,
            "prompt": prompt,
            "used": words(used[prompt.pk]) if prompt else "",
            "is_shared": prompt is not None and used[prompt.pk].total() > 1,
            "choices": [each for each in there if each.type == kind],
        }
        for (name, kind, label, about), prompt in zip(PROMPTS, chosen, strict=True)
    ]


def _check(dataset: Dataset) -> Any:
    """What is wrong with the dataset's template, None without one."""
    if dataset.result_template is None:
        return None
    content = dataset.result_template.content
    return check_template(content, dataset.result_format, [dataset])[0]


@require_POST
@allow(Action.MANAGE_SCHEMA)
def choose_prompt(request: HttpRequest, dataset_id: UUID, name: str) -> HttpResponse:
    """Let the dataset use another prompt, or none."""
    dataset = dataset_of(request, dataset_id)
    local_only(dataset)
    kinds = {field: kind for field, kind, *_ in PROMPTS}
    if name not in kinds:
        raise BadInput("There is no such prompt.")
    wanted = request.POST.get("prompt", "")
    rows = Prompt.objects.visible_to(member_of(request)).filter(type=kinds[name])
    prompt = None
    if wanted:
        prompt = next((row for row in rows if str(row.pk) == wanted), None)
        if prompt is None:
            raise BadInput("There is no such prompt in this workspace.")
    actions.update_dataset(dataset, by=member_of(request).user, **{name: prompt})
    messages.success(request, f"The dataset now uses {prompt.name}." if prompt else "Taken out.")
    return redirect(reverse("datasets:schema", args=[dataset.pk]) + "#prompts")


def local_only(dataset: Dataset) -> None:
    """Raise BadInput for what only the remote may change."""
    if dataset.is_mirrored:
        raise BadInput("This dataset is mirrored: change it on its remote, then mirror again.")
