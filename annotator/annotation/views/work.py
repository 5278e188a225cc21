"""What the pages of one sample have in common: finding the sample, and their context."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import UUIDField
from django.http import Http404, HttpResponse, QueryDict
from django.template.loader import render_to_string

from annotator.accounts.given import GIVEN_MEMBER, visible_instances
from annotator.accounts.permissions import Action, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import work
from annotator.annotation.forms import SKIP_REASONS, AnswerField, current_values, form_of
from annotator.annotation.models import Answer
from annotator.annotation.queries import panes_of, progress
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Sample, Variable
from annotator.datasets.rendering import render_sample
from annotator.errors import Conflict

SAMPLE = CompiledQuery(
    lambda: (
        Sample.objects.visible_to(GIVEN_MEMBER)
        .filter(pk=Given("sample", UUIDField()))
        .with_prompts()
        .select_related("lease_holder")
        .order_by()
    )
)


def sample_or_404(request: HttpRequest, sample_id: uuid.UUID) -> Sample:
    """The sample with its dataset and prompts; 404 outside of the member's workspace."""
    samples = visible_instances(SAMPLE, member_of(request), sample=sample_id)
    if not samples:
        raise Http404
    return samples[0]


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
    variables = Variable.objects.asked_in(sample.dataset)
    answer = Answer.objects.own(sample, member.user)
    form, fields = form_of(answer, variables, data, require=require)
    if conflict is not None:
        show_conflict(fields, conflict)
    rendered = render_sample(sample, current_values(form, variables), variables=variables)
    closed = answer.closed_because
    return {
        "sample": sample,
        "dataset": sample.dataset,
        "answer": answer,
        "fields": fields,
        "conflict": conflict,
        "invalid": [field for field in fields if field.errors],
        "rendered": rendered,
        "problems": work.problems_of(rendered, fields),
        "panes": panes_of(sample),
        "progress": progress(member, sample.dataset, ahead=ahead),
        "closed": closed,
        "held_until": work.freshly_held_until(sample, member.user),
        "can_undo": bool(closed) and answer.can_undo,
        "can_reopen": sample.state == Sample.State.APPROVED and may(member, Action.REOPEN),
        "holder": None if closed else sample.other_holder(member.user),
        "can_take_over": may(member, Action.BREAK_LEASE),
        "after": after,
        "skip_reasons": list(enumerate(SKIP_REASONS, start=1)),
    }


def part_of(request: HttpRequest, sample_id: uuid.UUID, **context: Any) -> str:
    """The part of the page beside the navigation, as a script puts it into an open page."""
    sample = sample_or_404(request, sample_id)
    return render_to_string(
        "annotation/_work.html", work_context(request, sample, **context), request
    )


def show_conflict(fields: list[AnswerField], conflict: Conflict) -> None:
    """Show both values at the field of the conflict; sending the form again keeps one's own."""
    for field in fields:
        if field.variable.name == conflict.field:
            field.theirs = field.variable.spec.display(conflict.theirs)
            field.rev = conflict.rev


def render_sample_page(
    request: HttpRequest, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, the part beside the navigation, or the fields alone."""
    return work.render_work(request, "annotation", context, fields="_fields.html", status=status)
