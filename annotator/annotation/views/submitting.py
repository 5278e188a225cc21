"""Submitting, keeping as a draft, skipping, undoing. All work without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import actions, work
from annotator.annotation.forms import after_of, effort_of, posted_form, seen_rev
from annotator.annotation.gold import Standing, feedback_on, test_of
from annotator.annotation.models import Answer
from annotator.annotation.suggested import origin_of, shown_in
from annotator.annotation.views.pages import sample_url
from annotator.annotation.views.work import (
    part_of,
    render_sample_page,
    sample_or_404,
    sample_to_label,
    work_context,
)
from annotator.datasets.models import Sample, Variable
from annotator.errors import BadInput, Conflict
from annotator.push.jobs import enqueue_push

Result = TypeVar("Result")


@require_POST
@allow(Action.LABEL)
def submit(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Submit the whole form, then continue with the next sample."""
    sample = sample_to_label(request, sample_id)
    was = test_of(member_of(request), sample.dataset)
    variables = Variable.objects.asked_in(sample.dataset)
    shown, effort = shown_in(request.POST, sample), effort_of(request.POST)

    def submit_and_claim(*args: Any, **given: Any) -> _Coming:
        actions.submit(*args, **given, shown=shown, effort=effort)
        return _claim(request, sample)

    coming = _save_form(request, sample, variables, submit_and_claim, require=True)
    if isinstance(coming, HttpResponse):
        return coming
    if sample.state == Sample.State.APPROVED:  # without a reviewer
        enqueue_push(sample)
    if was.standing == Standing.QUALIFYING != test_of(member_of(request), sample.dataset).standing:
        return _redirect(request, reverse("annotation:standing", args=[sample.dataset_id]))
    notice = feedback_on(sample, member_of(request).user)
    return _redirect_to(request, sample, coming, variables, notice)


@require_POST
@allow(Action.LABEL)
def draft(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Keep the whole form as it is. For browsers without JavaScript: the others save while one types."""
    sample = sample_to_label(request, sample_id)
    variables = Variable.objects.asked_in(sample.dataset)
    refused = _save_form(request, sample, variables, actions.save_draft, require=False)
    if refused is not None:
        return refused
    messages.success(request, "Saved as a draft.")
    return redirect("annotation:sample", sample.pk)


def _save_form(
    request: HttpRequest,
    sample: Sample,
    variables: list[Variable],
    action: Callable[..., Result],
    *,
    require: bool,
) -> HttpResponse | Result:
    """Pass the form to an action, in one transaction: its result, or the page that says why it refused."""
    user = member_of(request).user
    answer = Answer.objects.own(sample, user)
    answer.require_open()
    form, fields = posted_form(variables, request.POST, require=require)

    def refuse(status: int, conflict: Conflict | None = None) -> HttpResponse:
        context = work_context(
            request, sample, data=request.POST, require=require, conflict=conflict
        )
        return render_sample_page(request, context, status=status)

    if not form.is_valid():
        return refuse(422)
    try:
        with transaction.atomic():  # a refused form leaves no empty answer
            answer, stored = actions.open_locked(sample, by=user, answer=answer)
            return action(
                answer,
                {v: form.values[str(v.pk)] for v in variables},
                by=user,
                seen_revs={v: seen_rev(request.POST, v) for v in variables},
                after={v: after_of(request.POST, str(v.pk)) for v in variables},
                unsure={field.variable for field in fields if field.unsure},
                origins={v: origin_of(request.POST, v, form.values[str(v.pk)]) for v in variables},
                stored=stored,
            )
    except Conflict as conflict:
        return refuse(409, conflict)
    except BadInput:  # a variable changed between the check and the action
        return refuse(422)


@require_POST
@allow(Action.LABEL)
def skip(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Put the sample aside with a reason, then continue with the next one."""
    sample = sample_to_label(request, sample_id)
    user = member_of(request).user
    reason = request.POST.get("reason", "").strip() or "Other"
    with transaction.atomic():
        actions.skip(actions.open_answer(sample, by=user), reason=reason, by=user)
        coming = _claim(request, sample)
    return _redirect_to(request, sample, coming)


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


@dataclass(frozen=True)
class _Coming:
    """What comes after a sample, leased: the next, and the one after it that the page has not loaded yet."""

    sample_id: uuid.UUID | None
    is_at_hand: bool = False
    ahead_id: uuid.UUID | None = None


def _claim(request: HttpRequest, sample: Sample) -> _Coming:
    """Lease what this person needs next: first what the page has at hand and that is still free.

    In the transaction of the submit, which has locked its own sample: nothing here waits for another lock.
    """
    member, dataset, at_hand = member_of(request), sample.dataset, work.at_hand(request.POST)
    coming = actions.claim_next(member, dataset, exclude_ids=[sample.pk], at_hand=at_hand)
    done = [sample.pk, *([] if coming is None else [coming])]
    has_ahead = any(each not in done for each in at_hand)
    if coming is None or has_ahead or not request.htmx:
        return _Coming(coming, coming in at_hand)
    ahead = actions.claim_next(member, dataset, exclude_ids=done, ahead=1)
    return _Coming(coming, coming in at_hand, ahead)


def _redirect(request: HttpRequest, url: str) -> HttpResponse:
    """To a page; a script gets {"url", "next"}, as where nothing is left."""
    return JsonResponse({"url": url, "next": None}) if request.htmx else redirect(url)


def _redirect_to(
    request: HttpRequest,
    sample: Sample,
    coming: _Coming,
    variables: list[Variable] | None = None,
    notice: str = "",
) -> HttpResponse:
    """To the next sample, leased to this person; `notice` is what they are told of the one before.

    A script gets {"url", "next"}, `next` being the id of that sample (null: nothing is left), with its part
    of the page as "work" where the page does not have it, and that of the sample after it, leased too, as
    "ahead" (empty when the page has it, or none is left), and the "notice" if there is one.
    """
    if notice and not (request.htmx and coming.sample_id is not None):
        messages.info(request, notice)
    url = sample_url(request, sample.dataset, coming.sample_id)
    url += f"{'&' if '?' in url else '?'}after={sample.pk}"
    if not request.htmx:
        return redirect(url)
    body: dict[str, Any] = {"url": url, "next": coming.sample_id}
    known: dict[str, Any] = {"dataset": sample.dataset, "variables": variables}
    if notice:
        body["notice"] = notice
    if coming.sample_id is not None:
        if not coming.is_at_hand:
            body["work"] = part_of(request, coming.sample_id, after=sample.pk, **known)
        body["ahead"] = ""
        if coming.ahead_id is not None:
            after = coming.sample_id
            body["ahead"] = part_of(request, coming.ahead_id, after=after, ahead=1, **known)
    return JsonResponse(body)
