"""Submitting, keeping as a draft, skipping, undoing. All work without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import actions, work
from annotator.annotation.forms import after_of, form_of, seen_rev
from annotator.annotation.models import Answer
from annotator.annotation.views.pages import sample_url
from annotator.annotation.views.work import (
    part_of,
    render_sample_page,
    sample_or_404,
    work_context,
)
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.errors import BadInput, Conflict
from annotator.push.jobs import enqueue_push


@require_POST
@allow(Action.LABEL)
def submit(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Submit the whole form, then continue with the next sample."""
    sample = sample_or_404(request, sample_id)
    refused = _save_form(request, sample, actions.submit, require=True)
    if refused is None and not sample.needs_review:
        enqueue_push(sample)
    return refused or _redirect_to_next(request, sample)


@require_POST
@allow(Action.LABEL)
def draft(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Keep the whole form as it is. For browsers without JavaScript: the others save while one types."""
    sample = sample_or_404(request, sample_id)
    refused = _save_form(request, sample, actions.save_draft, require=False)
    if refused is None:
        messages.success(request, "Saved as a draft.")
    return refused or redirect("annotation:sample", sample.pk)


def _save_form(
    request: HttpRequest, sample: Sample, action: Callable[..., Any], *, require: bool
) -> HttpResponse | None:
    """Pass the form to an action; the page that says what to change when it refuses, else None."""
    user = member_of(request).user
    answer = Answer.objects.own(sample, user)
    answer.require_open()
    variables = Variable.objects.asked_in(sample.dataset)
    form, fields = form_of(answer, variables, request.POST, require=require)

    def refuse(status: int, conflict: Conflict | None = None) -> HttpResponse:
        context = work_context(
            request, sample, data=request.POST, require=require, conflict=conflict
        )
        return render_sample_page(request, context, status=status)

    if not form.is_valid():
        return refuse(422)
    try:
        action(
            actions.open_answer(sample, by=user),
            {v: form.values[str(v.pk)] for v in variables},
            by=user,
            seen_revs={v: seen_rev(request.POST, v) for v in variables},
            after={v: after_of(request.POST, str(v.pk)) for v in variables},
            unsure={field.variable for field in fields if field.unsure},
        )
    except Conflict as conflict:
        return refuse(409, conflict)
    except BadInput:  # a variable changed between the check and the action
        return refuse(422)
    return None


@require_POST
@allow(Action.LABEL)
def skip(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Put the sample aside with a reason, then continue with the next one."""
    sample = sample_or_404(request, sample_id)
    user = member_of(request).user
    reason = request.POST.get("reason", "").strip() or "Other"
    actions.skip(actions.open_answer(sample, by=user), reason=reason, by=user)
    return _redirect_to_next(request, sample)


@require_POST
@allow(Action.LABEL)
def undo(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Undo my submit, or my skip, and open the sample again."""
    sample = sample_or_404(request, sample_id)
    user = member_of(request).user
    answer = get_object_or_404(Answer, sample=sample, author=user)
    answer.sample = sample
    actions.undo_submit(answer, by=user)
    url = reverse("annotation:sample", args=[sample.pk])
    if not request.htmx:
        return redirect(url)
    return JsonResponse({"url": url, "next": sample.pk, "work": part_of(request, sample.pk)})


def _redirect_to_next(request: HttpRequest, sample: Sample) -> HttpResponse:
    """To the next sample, leased to this person: the first that the page has at hand and that is still free.

    A script gets {"url", "next"}, `next` being the id of that sample (null: nothing is left), with its part
    of the page as "work" where the page does not have it, and that of the sample after it, leased too, as
    "ahead".
    """
    member, dataset, at_hand = member_of(request), sample.dataset, work.at_hand(request.POST)
    coming = actions.claim_next(member, dataset, exclude_ids=[sample.pk], at_hand=at_hand)
    url = sample_url(request, dataset, coming)
    url += f"{'&' if '?' in url else '?'}after={sample.pk}"
    if not request.htmx:
        return redirect(url)
    body: dict[str, Any] = {"url": url, "next": coming}
    if coming is not None:
        if coming not in at_hand:
            body["work"] = part_of(request, coming, after=sample.pk)
        body["ahead"] = _part_ahead(request, dataset, [sample.pk, coming], at_hand)
    return JsonResponse(body)


def _part_ahead(
    request: HttpRequest, dataset: Dataset, done: list[uuid.UUID], at_hand: list[uuid.UUID]
) -> str:
    """The part of the sample that comes after the next, leased; empty when the page has it, or none is left.

    `done` are the sample that was just submitted and the next one.
    """
    if any(each not in done for each in at_hand):
        return ""
    member = member_of(request)
    coming = actions.claim_next(member, dataset, exclude_ids=done)
    return "" if coming is None else part_of(request, coming, after=done[-1], ahead=1)
