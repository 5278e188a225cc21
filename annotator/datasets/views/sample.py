"""One sample: its pictures, answers with their history, and the texts that it trains."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets import actions
from annotator.datasets.forms.samples import SampleForm
from annotator.datasets.models import Sample
from annotator.datasets.queries.pictures import panes_of
from annotator.datasets.queries.sample import held_values, neighbours
from annotator.datasets.rendering import render_sample
from annotator.datasets.views.context import dataset_page_context, link
from annotator.errors import BadInput, NotPermitted
from annotator.images.actions import store_image

MOST_FILES = 20  # of one upload; more come in by an import


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.READ)
def sample(request: HttpRequest, sample_id: UUID) -> HttpResponse:
    """Look at a sample; a POST changes what is said about it."""
    sample = sample_of(request, sample_id)
    form = SampleForm(request.POST or None, sample=sample)
    if request.method == "POST":
        may_change(request)
        if form.is_valid():
            actions.update_sample(sample, by=member_of(request).user, **form.changes)
            messages.success(request, "Saved.")
            return redirect("datasets:sample", sample.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "datasets/sample.html", _context(request, sample, form), status=status)


def sample_of(request: HttpRequest, sample_id: UUID) -> Sample:
    """A sample with its dataset and prompts, else 404."""
    samples = Sample.objects.visible_to(member_of(request)).with_prompts()
    return get_object_or_404(
        samples.select_related("dataset__workspace", "dataset__remote", "assignment"), pk=sample_id
    )


def may_change(request: HttpRequest) -> None:
    """Raise NotPermitted for whom may only look."""
    if not may(member_of(request), Action.MANAGE_SAMPLES):
        raise NotPermitted(f"Your role does not allow this: {Action.MANAGE_SAMPLES.value}.")


def _context(request: HttpRequest, sample: Sample, form: SampleForm) -> dict[str, Any]:
    member = member_of(request)
    variables = list(sample.dataset.variables.live())
    held = held_values(sample, variables)
    values = {each.variable.name: each.row.value for each in held if each.row and each.is_set}
    before, after = neighbours(sample, member)
    context = dataset_page_context(request, sample.dataset, tab="samples")
    context["crumbs"] += [
        (reverse("datasets:gallery", args=[sample.dataset_id]), sample.dataset.name)
    ]
    is_open = sample.state != Sample.State.APPROVED
    return context | {
        "sample": sample,
        "panes": panes_of(sample),
        "held": held,
        "rendered": render_sample(sample, values, variables=variables),
        "form": form,
        "before": before,
        "after": after,
        "can_change": may(member, Action.MANAGE_SAMPLES),
        "can_delete": may(member, Action.DELETE),
        "is_gold": sample.is_gold and may(member, Action.READ_GOLD),
        "gold_url": _gold_url(member, sample),
        "label_url": link("annotation:sample", sample.pk) if is_open else "",
        "review_url": link("review:of_sample", sample.pk)
        if sample.state == Sample.State.SUBMITTED and may(member, Action.REVIEW)
        else "",
        "reopen_url": link("review:reopen", sample.pk)
        if not is_open and may(member, Action.REOPEN)
        else "",
    }


def _gold_url(member: Membership, sample: Sample) -> str:
    """Where the sample is marked as gold; empty where it can't be."""
    can_mark = sample.state == Sample.State.APPROVED and not sample.is_gold
    return (
        link("gold:mark", sample.dataset_id) if can_mark and may(member, Action.MANAGE_GOLD) else ""
    )


@require_POST
@allow(Action.MANAGE_SAMPLES)
def images(request: HttpRequest, sample_id: UUID) -> HttpResponse:
    """Add pictures (`files`), take one out (`remove`), or move one (`earlier`, `later`)."""
    sample = sample_of(request, sample_id)
    user = member_of(request).user
    files = request.FILES.getlist("files")
    if len(files) > MOST_FILES:
        raise BadInput(f"Send at most {MOST_FILES} pictures at once; more go through an import.")
    if files:
        pictures = []
        for file in files:
            try:
                image, _ = store_image(
                    sample.dataset.workspace, file.read(), name=file.name or "", by=user
                )
                pictures.append(image)
            except BadInput as error:
                messages.error(request, f"{file.name}: {error}")
        added = actions.add_images(sample, pictures, by=user)
        messages.success(request, f"{added} added.")
    elif request.POST.get("remove"):
        actions.remove_images(sample, [_image_id(request.POST["remove"])], by=user)
        messages.success(request, "Taken out of the sample; the picture itself stays.")
    else:
        _move(sample, request)
    return redirect(reverse("datasets:sample", args=[sample.pk]) + "#images")


def _image_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput("There is no such picture.") from None


def _move(sample: Sample, request: HttpRequest) -> None:
    """Swap a picture with its neighbour; at the ends nothing changes."""
    earlier = request.POST.get("earlier")
    wanted = _image_id(earlier or request.POST.get("later", ""))
    ids = [row.image_id for row in sample.sample_images.order_by("order", "id")]
    if wanted not in ids:
        raise BadInput("There is no such picture in this sample.")
    place = ids.index(wanted)
    to = place + (-1 if earlier else 1)
    if 0 <= to < len(ids):
        ids[place], ids[to] = ids[to], ids[place]
        actions.reorder_images(sample, ids, by=member_of(request).user)


@require_POST
@allow(Action.DELETE)
def delete(request: HttpRequest, sample_id: UUID) -> HttpResponse:
    """Take the sample out of every list."""
    sample = sample_of(request, sample_id)
    actions.remove_sample(sample, by=member_of(request).user)
    messages.success(request, f"{sample} is deleted.")
    return redirect("datasets:gallery", sample.dataset_id)
