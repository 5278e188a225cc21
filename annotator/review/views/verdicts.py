"""The verdicts on one answer. All work without JavaScript."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import work
from annotator.annotation.models import Answer
from annotator.datasets.models import Variable
from annotator.errors import BadInput, WrongState
from annotator.push.jobs import enqueue_push
from annotator.review import actions
from annotator.review.forms import ReturnForm, rows_of, seen_rev
from annotator.review.models import Review
from annotator.review.views.work import (
    answer_or_404,
    part_of,
    render_answer_page,
    sample_url,
    url_of_next,
    work_context,
)


@require_POST
@allow(Action.REVIEW)
def approve(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Accept the answer with whatever was edited in its rows, then continue with the next one."""
    answer = answer_or_404(request, answer_id)
    rev = seen_rev(request.POST)
    if answer.state != Answer.State.SUBMITTED or answer.rev != rev:
        return _too_late(request, answer, "It is no longer the answer that you saw.")
    variables = list(answer.sample.dataset.variables.live())
    form, rows = rows_of(answer, variables, {}, request.POST)
    if any(row.errors for row in rows):
        return render_answer_page(
            request, work_context(request, answer, data=request.POST), status=422
        )
    edits = {row.variable: form.cleaned_data[row.key] for row in rows if row.is_changed}
    try:
        actions.approve(answer, by=member_of(request).user, seen_rev=rev, edits=edits)
    except BadInput:  # a variable changed between the check and the action
        return render_answer_page(
            request, work_context(request, answer, data=request.POST), status=422
        )
    except WrongState as error:
        return _too_late(request, answer, str(error))
    enqueue_push(answer.sample)
    return _redirect_to_next(request, answer)


@require_POST
@allow(Action.REVIEW)
def return_answer(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Return the answer to its author with a reason, then continue with the next one."""
    answer = answer_or_404(request, answer_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        if request.htmx:
            words = " ".join(str(word) for errors in form.errors.values() for word in errors)
            return JsonResponse({"detail": words}, status=422)
        return render_answer_page(
            request, work_context(request, answer, return_form=form), status=422
        )
    about = Variable.objects.filter(
        dataset=answer.sample.dataset_id, pk=form.cleaned_data["about"]
    ).first()
    try:
        actions.return_answer(
            answer,
            by=member_of(request).user,
            seen_rev=seen_rev(request.POST),
            reason=form.words,
            variable=about,
        )
    except WrongState as error:
        return _too_late(request, answer, str(error))
    return _redirect_to_next(request, answer)


@require_POST
@allow(Action.REVIEW)
def skip(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Leave the answer for later, or for somebody else, and continue with the next one."""
    answer = answer_or_404(request, answer_id)
    answer.sample.release(member_of(request).user)
    return _redirect_to_next(request, answer, undoes=False)


@require_POST
@allow(Action.REVIEW)
def undo(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Undo my latest verdict on this answer and show the answer again."""
    answer = answer_or_404(request, answer_id)
    user = member_of(request).user
    review = get_object_or_404(Review.objects.filter(answer=answer, reviewer=user)[:1])
    url = sample_url(actions.undo(review, by=user))
    if not request.htmx:
        return redirect(url)
    return JsonResponse({"url": url, "next": answer.pk, "work": part_of(request, answer.pk)})


def _too_late(request: HttpRequest, answer: Answer, reason: str) -> HttpResponse:
    """The answer as it is now, what happened to it, and a link to the next."""
    fresh = answer_or_404(request, answer.pk)
    if fresh.state == Answer.State.SUBMITTED:
        reason = "This answer was changed after you opened it. This is the new one: check it again."
    return render_answer_page(request, work_context(request, fresh, late=reason), status=409)


def _redirect_to_next(request: HttpRequest, answer: Answer, *, undoes: bool = True) -> HttpResponse:
    """To the next answer, held for this person; with `undoes` the verdict can be undone from there.

    A script gets what `annotation` gives it: {"url", "next", "work", "ahead"}.
    """
    dataset, at_hand = answer.sample.dataset, work.at_hand(request.POST)
    member, after = member_of(request), answer.pk if undoes else None
    coming = actions.next_answer(member, dataset, after=answer, at_hand=at_hand)
    url = url_of_next(request, dataset, coming)
    if undoes:
        url += f"{'&' if '?' in url else '?'}after={answer.pk}"
    if not request.htmx:
        return redirect(url)
    body: dict[str, Any] = {"url": url, "next": coming and coming.pk}
    if coming is not None:
        if coming.pk not in at_hand:
            body["work"] = part_of(request, coming.pk, after=after)
        body["ahead"] = _part_ahead(request, answer, coming, at_hand)
    return JsonResponse(body)


def _part_ahead(
    request: HttpRequest, answer: Answer, coming: Answer, at_hand: list[uuid.UUID]
) -> str:
    """The part of the answer after the next, leased; empty when the page has it, or none is left."""
    if any(each not in {answer.pk, coming.pk} for each in at_hand):
        return ""
    dataset, done = answer.sample.dataset, [answer.pk, coming.pk]
    later = actions.next_answer(member_of(request), dataset, after=coming, exclude_ids=done)
    return "" if later is None else part_of(request, later.pk, after=coming.pk, ahead=1)
