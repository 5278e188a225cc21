"""The history of a sample's fields: beside the work, or as a page of its own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.models import Answer, AnswerRevision
from annotator.datasets.models import Sample, ValueRevision
from annotator.datasets.views.context import crumbs_to
from annotator.errors import NotPermitted
from annotator.history import actions
from annotator.history.queries import field_histories
from annotator.htmx import render_part
from annotator.push.jobs import enqueue_push


@require_safe
@allow(Action.READ)
def of_sample(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Every change of every field: who, when, from where, before and after."""
    member = member_of(request)
    samples = Sample.objects.visible_to(member).select_related("dataset")
    sample = get_object_or_404(samples, pk=sample_id)
    context = {
        "sample": sample,
        "dataset": sample.dataset,
        "crumbs": crumbs_to(sample.dataset),
        "histories": field_histories(sample, member),
    }
    page, part = "history/sample.html", "history/_fields.html"
    return render_part(request, page, part, context, target="aside-content")


@require_POST
@allow(Action.LABEL)
def restore(request: HttpRequest, kind: str, revision_id: int) -> HttpResponse:
    """Back to the value of one revision, of an accepted value or of my own open answer."""
    member = member_of(request)
    if kind == "value":
        if not may(member, Action.SET_VALUES):
            raise NotPermitted(f"Your role does not allow this: {Action.SET_VALUES.value}.")
        accepted = ValueRevision.objects.filter(
            value_row__sample__in=Sample.objects.visible_to(member)
        ).select_related("value_row__variable", "value_row__sample__dataset__workspace")
        sample = actions.restore_accepted(
            get_object_or_404(accepted, pk=revision_id), by=member.user
        )
        enqueue_push(sample)
        messages.success(request, "Restored. The history keeps both values.")
        return redirect("datasets:sample", sample.pk)
    answered = AnswerRevision.objects.filter(
        answer_value__answer__in=Answer.objects.visible_to(member)
    ).select_related("answer_value__variable", "answer_value__answer__sample__dataset")
    sample = actions.restore_answered(get_object_or_404(answered, pk=revision_id), by=member.user)
    return redirect("annotation:sample", sample.pk)
