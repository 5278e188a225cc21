"""What is done with many samples of the gallery at once: the picked ones, or all in a filter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets import actions
from annotator.datasets.models import Dataset, Sample, VariableValue
from annotator.datasets.models.sample_queryset import SampleQuerySet
from annotator.datasets.queries.filters import read_text
from annotator.datasets.views.context import dataset_of, dataset_page_context
from annotator.errors import BadInput, NotPermitted

MOST_PICKED = 500  # of one page at most; more is a filter


@require_POST
@allow(Action.MANAGE_SAMPLES)
def act(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Move to test or training, or delete; a deletion is asked about first (422)."""
    dataset = dataset_of(request, dataset_id)
    verb = request.POST.get("all") or request.POST.get("picked", "")
    samples = selected_samples(request, dataset)
    if verb not in {"test", "train", "delete"}:
        raise BadInput("Choose what to do with the samples.")
    if verb == "delete" and not may(member_of(request), Action.DELETE):
        raise NotPermitted("Your role does not allow this: delete samples.")
    if verb == "delete":
        return _delete(request, dataset, samples)
    if not samples.exists():
        messages.warning(request, "Pick some samples first.")
    else:
        moved = actions.move_samples(
            dataset, samples, test=verb == "test", by=member_of(request).user
        )
        where = "the test split" if verb == "test" else "training"
        messages.success(request, f"{moved:,} moved to {where}.")
    return back_to_gallery(request, dataset)


def selected_samples(request: HttpRequest, dataset: Dataset) -> SampleQuerySet:
    """The samples that the person has selected: those ticked, or all that the filter finds now."""
    samples = Sample.objects.in_dataset(dataset)
    if request.POST.get("all"):
        return read_text(dataset, request.POST.get("filter", "")).apply(samples)
    return samples.filter(pk__in=picked_ids(request) or [])


def picked_ids(request: HttpRequest) -> list[str] | None:
    """The ids of the ticked samples; None where all that the filter finds are selected. Raises BadInput."""
    if request.POST.get("all"):
        return None
    ids = []
    for text in request.POST.getlist("sample")[:MOST_PICKED]:
        try:
            ids.append(str(UUID(text)))
        except ValueError:
            raise BadInput(f"“{text[:40]}” is no sample.") from None
    return ids


def posted_choice(request: HttpRequest) -> list[tuple[str, str]]:
    """What says which samples are selected, to be posted again by a page that asks about them first."""
    return [
        (name, value)
        for name in ("all", "picked", "filter", "sample")
        for value in request.POST.getlist(name)
    ]


def _delete(request: HttpRequest, dataset: Dataset, samples: SampleQuerySet) -> HttpResponse:
    """Delete what was confirmed; ask (again) when it is not what was shown."""
    count = samples.count()
    if not count:
        messages.warning(request, "Pick some samples first.")
        return back_to_gallery(request, dataset)
    if request.POST.get("confirmed") == str(count):
        removed = actions.remove_samples(dataset, samples, by=member_of(request).user)
        messages.success(request, f"{removed:,} sample{'' if removed == 1 else 's'} deleted.")
        return back_to_gallery(request, dataset)
    context: dict[str, Any] = {
        **dataset_page_context(request, dataset, tab="samples"),
        "count": count,
        "changed": bool(request.POST.get("confirmed")),
        "values": VariableValue.objects.filter(
            sample__in=samples.values("pk"), is_set=True
        ).count(),
        "approved": samples.filter(state=Sample.State.APPROVED).count(),
        "posted": posted_choice(request),
        "back_url": gallery_url(request, dataset),
    }
    context["crumbs"] += [(reverse("datasets:gallery", args=[dataset.pk]), dataset.name)]
    return render(request, "datasets/delete_samples.html", context, status=422)


def gallery_url(request: HttpRequest, dataset: Dataset) -> str:
    """The gallery with the posted filter."""
    query = QueryDict(request.POST.get("filter", "")).urlencode()
    return reverse("datasets:gallery", args=[dataset.pk]) + (f"?{query}" if query else "")


def back_to_gallery(request: HttpRequest, dataset: Dataset) -> HttpResponse:
    """To the gallery with the posted filter."""
    return redirect(gallery_url(request, dataset))
