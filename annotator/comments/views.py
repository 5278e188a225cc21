"""The conversation about a sample: beside the work, or as a page of its own."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.models import Answer
from annotator.annotation.work import uuid_or_none
from annotator.comments import actions
from annotator.comments.models import MAX_CHARACTERS, Comment, Mention
from annotator.comments.queries import answer_spoken_of, samples_to_discuss, thread
from annotator.datasets.models import Sample, Variable
from annotator.datasets.views.context import crumbs_to
from annotator.errors import BadInput
from annotator.htmx import render_part


@require_safe
@allow(Action.LABEL)
def of_sample(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """What was said about a sample, with room to say something."""
    return _render(request, _sample_or_404(request, sample_id))


@require_POST
@allow(Action.LABEL)
def add(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Say something: `text`, about `variable` if one is named, and the `answer` that the page shows."""
    sample, member = _sample_or_404(request, sample_id), member_of(request)
    about = Variable.objects.filter(dataset=sample.dataset_id)
    key = uuid_or_none(request.POST.get("variable", ""))
    try:
        actions.add_comment(
            sample,
            by=member.user,
            text=request.POST.get("text", ""),
            answer=_answer(request, sample),
            variable=about.filter(pk=key).first() if key else None,
        )
    except BadInput as error:
        return _render(request, sample, error=str(error), status=422)
    return _render(request, sample) if request.htmx else redirect("comments:of_sample", sample.pk)


@require_POST
@allow(Action.LABEL)
def remove(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Take one's own comment back."""
    comments = Comment.objects.visible_to(member_of(request)).select_related("sample__dataset")
    comment = get_object_or_404(comments, pk=comment_id)
    actions.remove_comment(comment, by=member_of(request).user)
    sample = _sample_or_404(request, comment.sample_id)
    return _render(request, sample) if request.htmx else redirect("comments:of_sample", sample.pk)


@require_POST
@allow(Action.LABEL)
def read(request: HttpRequest, mention_id: int) -> HttpResponse:
    """Go to the comment that waits for me; with `done` it is put aside without a look."""
    mention = get_object_or_404(Mention.objects.visible_to(member_of(request)), pk=mention_id)
    actions.read([mention.pk])
    if "done" in request.POST:
        return redirect("home:waiting")
    return redirect("comments:of_sample", mention.comment.sample_id)


def _sample_or_404(request: HttpRequest, sample_id: uuid.UUID) -> Sample:
    samples = samples_to_discuss(member_of(request)).select_related("dataset", "only_for")
    return get_object_or_404(samples, pk=sample_id)


def _answer(request: HttpRequest, sample: Sample) -> Answer | None:
    """The answer that the page names, if the member may read it, else the one that is spoken of."""
    member = member_of(request)
    if key := uuid_or_none(request.POST.get("answer", "") or request.GET.get("answer", "")):
        named = Answer.objects.visible_to(member).filter(sample=sample, pk=key)
        if answer := named.select_related("author").first():
            return answer
    return answer_spoken_of(sample, member)


def _render(
    request: HttpRequest, sample: Sample, *, error: str = "", status: int = 200
) -> HttpResponse:
    member = member_of(request)
    is_others_copy = sample.only_for_id not in {None, member.tested_id}
    context: dict[str, Any] = {
        "sample": sample,
        "tested_person": sample.only_for if is_others_copy else None,
        "shown_id": sample.gold_of_id if is_others_copy else sample.pk,
        "dataset": sample.dataset,
        "crumbs": crumbs_to(sample.dataset),
        "thread": thread(sample, member),
        "answer": _answer(request, sample),
        "variables": Variable.objects.asked_in(sample.dataset),
        "reads_all": may(member, Action.READ_OTHERS_ANSWERS),
        "max_characters": MAX_CHARACTERS,
        "text": request.POST.get("text", "") if error else "",
        "error": error,
    }
    return render_part(
        request,
        "comments/sample.html",
        "comments/_thread.html",
        context,
        target="aside-content",
        status=status,
    )
