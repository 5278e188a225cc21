"""A dataset's name and rules of review, and its end."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets import actions
from annotator.datasets.forms.datasets import ReviewForm, SettingsForm
from annotator.datasets.models import Dataset, Sample, VariableValue
from annotator.datasets.queries import dataset_cards
from annotator.datasets.views.context import dataset_of, dataset_page_context


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def settings(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Name, description, review. A mirrored dataset's name comes from its remote."""
    dataset = dataset_of(request, dataset_id)
    member = member_of(request)
    form_class = ReviewForm if dataset.is_mirrored else SettingsForm
    initial = {name: getattr(dataset, name) for name in form_class.base_fields}
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.save(dataset, by=member.user)
        messages.success(request, "Saved.")
        return redirect("datasets:settings", dataset.pk)
    values = VariableValue.objects.filter(sample__in=Sample.objects.in_dataset(dataset))
    context = {
        **dataset_page_context(request, dataset, tab="settings"),
        "form": form,
        "samples": dataset_cards(Dataset.objects.filter(pk=dataset.pk))[0].total,
        "values": values.filter(is_set=True).count(),
        "can_delete": may(member, Action.DELETE),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "datasets/settings.html", context, status=status)


@require_POST
@allow(Action.DELETE)
def delete(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Take the dataset out of every list."""
    dataset = dataset_of(request, dataset_id)
    actions.remove_dataset(dataset, by=member_of(request).user)
    messages.success(request, f"{dataset.name} is deleted.")
    return redirect("datasets:list")
