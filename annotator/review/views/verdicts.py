"""The verdicts on one answer. All work without JavaScript."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.models import Answer
from annotator.annotation.work import redirect_or_url
from annotator.datasets.models import Variable
from annotator.errors import BadInput, WrongState
from annotator.push.jobs import enqueue_push
from annotator.review import actions
from annotator.review.forms import ReturnForm, rows_of, seen_rev
from annotator.review.models import Review
from annotator.review.views.pages import next_url
from annotator.review.views.work import answer_or_404, render_answer_page, sample_url, work_context


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
    return redirect_or_url(request, next_url(request, answer.sample.dataset, after=answer))


@require_POST
@allow(Action.REVIEW)
def undo(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Undo my latest verdict on this answer and show the answer again."""
    answer = answer_or_404(request, answer_id)
    user = member_of(request).user
    review = get_object_or_404(Review.objects.filter(answer=answer, reviewer=user)[:1])
    return redirect_or_url(request, sample_url(actions.undo(review, by=user)))


def _too_late(request: HttpRequest, answer: Answer, reason: str) -> HttpResponse:
    """The answer as it is now, what happened to it, and a link to the next."""
    fresh = answer_or_404(request, answer.pk)
    if fresh.state == Answer.State.SUBMITTED:
        reason = "This answer was changed after you opened it. This is the new one: check it again."
    return render_answer_page(request, work_context(request, fresh, late=reason), status=409)


def _redirect_to_next(request: HttpRequest, answer: Answer) -> HttpResponse:
    """To the next answer, held for this person; from there the verdict can be undone."""
    url = next_url(request, answer.sample.dataset, after=answer)
    return redirect_or_url(request, url, after=answer.pk)
