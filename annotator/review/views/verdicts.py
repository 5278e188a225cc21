"""The verdicts on one answer. All work without JavaScript."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import work
from annotator.annotation.models import Answer
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Variable
from annotator.errors import BadInput, WrongState
from annotator.push.jobs import enqueue_push
from annotator.review import actions
from annotator.review.forms import accepted_edits, returned_fields, seen_rev
from annotator.review.models import Review
from annotator.review.returning import ReturnForm
from annotator.review.views.work import (
    answer_or_404,
    is_riskiest_first,
    part_of,
    posted_rows,
    render_answer_page,
    sample_url,
    url_of_next,
    work_context,
)


@require_POST
@allow(Action.REVIEW)
def approve(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Accept the answer with whatever was edited in its rows, then continue with the next one.

    Rows with a reason to return them, `return-<id>`, go back to the author; then the others are accepted.
    """
    answer = answer_or_404(request, answer_id)
    rev = seen_rev(request.POST)
    if answer.state != Answer.State.SUBMITTED or answer.rev != rev:
        return _too_late(request, answer, "It is no longer the answer that you saw.")
    variables = list(answer.sample.dataset.variables.live())
    form, rows = posted_rows(request, answer, variables)
    if any(row.errors for row in rows):
        return render_answer_page(
            request, work_context(request, answer, data=request.POST), status=422
        )
    edits, fields = accepted_edits(form, rows), returned_fields(rows)
    by = member_of(request).user
    try:
        if fields:
            actions.return_answer(answer, by=by, seen_rev=rev, fields=fields, edits=edits)
        else:
            actions.approve(answer, by=by, seen_rev=rev, edits=edits)
    except BadInput:  # a variable changed between the check and the action
        return render_answer_page(
            request, work_context(request, answer, data=request.POST), status=422
        )
    except WrongState as error:
        return _too_late(request, answer, str(error))
    if answer.state == Answer.State.APPROVED:
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
    to = _whose(request, answer)
    try:
        actions.return_answer(
            answer,
            by=member_of(request).user,
            seen_rev=seen_rev(request.POST),
            reason=form.words,
            fields={about: form.words} if about else {},
            to=to,
        )
    except WrongState as error:
        return _too_late(request, answer, str(error))
    return _redirect_to_next(request, to or answer)


def _whose(request: HttpRequest, answer: Answer) -> Answer | None:
    """The answer that is returned in place of the one that stands for all, if several people answered."""
    key = uuid_or_none(request.POST.get("to", ""))
    if key is None or key == answer.pk:
        return None
    collected = Answer.objects.filter(sample=answer.sample_id, state=Answer.State.COLLECTED)
    return get_object_or_404(collected, pk=key)


@require_POST
@allow(Action.REVIEW)
def ask_one_more(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Have one more person answer the sample before it is reviewed, then continue with the next one."""
    answer = answer_or_404(request, answer_id)
    try:
        actions.ask_one_more(answer, by=member_of(request).user, seen_rev=seen_rev(request.POST))
    except WrongState as error:
        context = work_context(request, answer_or_404(request, answer_id), late=str(error))
        return render_answer_page(request, context, status=409)
    return _redirect_to_next(request, answer, undoes=False)


@require_POST
@allow(Action.LABEL)
def dispute(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Submit my returned answer as it is, with the reason, `text`: another reviewer decides."""
    member = member_of(request)
    mine = Answer.objects.visible_to(member).filter(author=member.user_id)
    answer = get_object_or_404(mine.select_related("sample__dataset__workspace"), pk=answer_id)
    try:
        actions.dispute(answer, by=member.user, text=request.POST.get("text", ""))
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("annotation:sample", answer.sample_id)
    messages.success(request, "Sent to a reviewer with your reason.")
    return redirect("annotation:next", answer.sample.dataset_id)


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
    """Undo my latest verdict on this answer, or on the `field` that I returned, and show the answer again."""
    answer = answer_or_404(request, answer_id)
    user = member_of(request).user
    review = get_object_or_404(Review.objects.filter(answer=answer, reviewer=user)[:1])
    if field := uuid_or_none(request.POST.get("field", "")):
        variable = get_object_or_404(Variable, dataset=review.sample.dataset_id, pk=field)
        url = sample_url(actions.undo_field(review, variable, by=user))
    else:
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
    coming = actions.next_answer(
        member,
        dataset,
        after=answer,
        at_hand=at_hand,
        is_riskiest_first=is_riskiest_first(request),
    )
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
    later = actions.next_answer(
        member_of(request),
        dataset,
        after=coming,
        exclude_ids=done,
        is_riskiest_first=is_riskiest_first(request),
    )
    return "" if later is None else part_of(request, later.pk, after=coming.pk, ahead=1)
