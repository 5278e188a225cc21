"""What the pages of one sample have in common: finding it, whether it is open, its context."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from annotator.accounts.models import User
from annotator.accounts.permissions import Action, may, member_of
from annotator.annotation.forms import SKIP_REASONS, Asked, current_values, form_of
from annotator.annotation.models import Answer
from annotator.annotation.queries import panes_of, progress
from annotator.datasets.models import Sample
from annotator.datasets.rendering import WHOLE, Rendered, render_sample
from annotator.errors import Conflict, WrongState
from annotator.htmx import render_part


def find_sample(request: HttpRequest, sample_id: Any) -> Sample:
    """The sample with its dataset and prompts; 404 outside of the member's workspace."""
    samples = Sample.objects.visible_to(member_of(request)).select_related(
        "dataset__system_prompt",
        "dataset__user_prompt",
        "dataset__result_template",
        "lease_holder",
    )
    return get_object_or_404(samples, pk=sample_id)


def own_answer(sample: Sample, user: User) -> Answer | None:
    """What this person has made of the sample so far. Others' answers are never looked at."""
    return sample.answers.filter(author=user).first()


def closed_because(sample: Sample, answer: Answer | None) -> str:
    """Why this person can't label the sample now; empty when they can."""
    if sample.state == Sample.State.APPROVED:
        return "This sample is approved: its values are the truth."
    if answer is not None and answer.state == Answer.State.SUBMITTED:
        return "You have handed this in. Take it back to change it."
    if sample.state == Sample.State.SUBMITTED:
        return "Somebody else has handed this in: it awaits its review."
    is_mine = answer is not None and answer.state == Answer.State.RETURNED
    if sample.state == Sample.State.RETURNED and not is_mine:
        return "This was returned to the person who answered it."
    return ""


def refuse_closed(sample: Sample, answer: Answer | None) -> None:
    """Raises WrongState when this person can't label the sample (any more)."""
    reason = closed_because(sample, answer)
    if reason:
        raise WrongState(reason)


def other_holder(sample: Sample, user: User) -> User | None:
    """Who else has the sample open right now."""
    is_held = sample.leased_until is not None and sample.leased_until > timezone.now()
    return sample.lease_holder if is_held and sample.lease_holder_id != user.pk else None


def uuid_or_none(text: str) -> uuid.UUID | None:
    """An id out of a query string; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def work_context(
    request: HttpRequest,
    sample: Sample,
    *,
    data: QueryDict | None = None,
    after: uuid.UUID | None = None,
    ahead: int = 0,
    require: bool = False,
    conflict: Conflict | None = None,
) -> dict[str, Any]:
    """Everything that `_work.html` needs; with `data` the form shows what was sent."""
    member = member_of(request)
    variables = list(sample.dataset.variables.live())
    answer = own_answer(sample, member.user)
    form, asked = form_of(sample, answer, variables, data, require=require)
    if conflict is not None:
        show_conflict(asked, conflict)
    rendered = render_sample(sample, current_values(form, variables), variables=variables)
    closed = closed_because(sample, answer)
    return {
        "sample": sample,
        "dataset": sample.dataset,
        "answer": answer,
        "asked": asked,
        "conflict": conflict,
        "invalid": [each for each in asked if each.errors],
        "rendered": rendered,
        "problems": problems_of(rendered, asked),
        "panes": panes_of(sample),
        "progress": progress(member, sample.dataset, ahead=ahead),
        "closed": closed,
        "can_take_back": answer is not None and answer.state == Answer.State.SUBMITTED,
        "can_reopen": sample.state == Sample.State.APPROVED and may(member, Action.REOPEN),
        "holder": None if closed else other_holder(sample, member.user),
        "can_take_over": may(member, Action.BREAK_LEASE),
        "after": after,
        "skip_reasons": list(enumerate(SKIP_REASONS, start=1)),
    }


def problems_of(rendered: Rendered, asked: list[Asked]) -> list[tuple[Asked | None, str]]:
    """The problems with the field that breaks it, None for the template's own."""
    by_name = {each.variable.name: each for each in asked}
    return [
        (None if name == WHOLE else by_name.get(name), said)
        for name, said in rendered.problems.items()
    ]


def show_conflict(asked: list[Asked], conflict: Conflict) -> None:
    """Lay both values beside each other at their field; sending again means: mine."""
    for each in asked:
        if str(conflict).startswith(f"{each.variable.name} "):
            each.theirs = each.variable.spec.display(conflict.theirs)
            each.rev = conflict.rev


def draw(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The whole page, the part beside the navigation, or the fields alone."""
    is_fields = request.htmx.target == "fields"  # type: ignore[attr-defined]
    part = "annotation/_fields.html" if is_fields else "annotation/_work.html"
    target = "fields" if is_fields else "work"
    return render_part(
        request, "annotation/sample.html", part, context, target=target, status=status
    )
