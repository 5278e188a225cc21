"""What the pages of one sample have in common: finding the sample, and their context."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.db.models import BigIntegerField, OuterRef, UUIDField
from django.http import Http404, HttpResponse, QueryDict

from annotator.accounts.given import GIVEN_MEMBER, visible_instances
from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import leases, work
from annotator.annotation.forms import SKIP_REASONS, AnswerField, current_values, form_of
from annotator.annotation.gold import require_open, test_of
from annotator.annotation.models import Answer
from annotator.annotation.queries import panes_of, progress
from annotator.annotation.suggested import shown_for
from annotator.annotation.views.frame import frame_html, head_html
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset, Sample, SampleQuerySet, Variable
from annotator.datasets.models.dataset import PROMPT_FIELDS
from annotator.datasets.rendering import render_sample
from annotator.errors import Conflict
from annotator.guidelines.models import Beside, Guideline

# Columns of a sample, its dataset, prompts and holder: reading all hundred takes as long as the rest of it.
_of_all = ["remote_seen_at", "name_folded", "created_at"]
_of_dataset = [*_of_all, "meta_data", "default_input_meta_data"]
_of_prompt = [*_of_all, "remote", "remote_key", "remote_state", "workspace", "description"]
_of_person = ["password", "email", "last_login", "date_joined"]
PEOPLE = ["lease_holder", "lease_wanted_by"]
NOT_SHOWN = [
    *[*_of_all, "remote_state", "meta_data", "external_id", "updated_at", "remote_gone_at"],
    *[f"dataset__{column}" for column in _of_dataset],
    *[f"dataset__{prompt}__{column}" for prompt in PROMPT_FIELDS for column in _of_prompt],
    *[f"{person}__{column}" for person in PEOPLE for column in _of_person],
]


def _samples() -> SampleQuerySet:
    return (
        Sample.objects.visible_to(GIVEN_MEMBER)
        .filter(pk=Given("sample", UUIDField()))
        .select_related(*PEOPLE)
        .annotate(
            **Guideline.objects.state_for(OuterRef("dataset"), Given("user", BigIntegerField()))
        )
        .order_by()
    )


SAMPLE = CompiledQuery(lambda: _samples().with_prompts().defer(*NOT_SHOWN))
ONE_MORE = CompiledQuery(
    lambda: (
        _samples()
        .filter(dataset_id=Given("dataset", UUIDField()))
        .defer(*[column for column in NOT_SHOWN if not column.startswith("dataset__")])
    )
)


def sample_or_404(
    request: HttpRequest, sample_id: uuid.UUID, *, dataset: Dataset | None = None
) -> Sample:
    """The sample with its dataset and prompts; 404 outside of the member's workspace.

    `dataset` where the caller has read another sample of the same one, with its prompts.
    """
    member = member_of(request)
    given = {"sample": sample_id, "user": member.user_id}
    if dataset is None:
        samples = visible_instances(SAMPLE, member, **given)
    else:
        samples = visible_instances(ONE_MORE, member, dataset=dataset.pk, **given)
    if not samples:
        raise Http404
    sample: Sample = samples[0]
    if dataset is not None:
        sample.dataset = dataset
    return sample


def sample_to_label(request: HttpRequest, sample_id: uuid.UUID) -> Sample:
    """As `sample_or_404`, to be labelled: raises WrongState while the person is paused or not qualified."""
    sample = sample_or_404(request, sample_id)
    require_open(member_of(request), sample)
    return sample


def work_context(
    request: HttpRequest,
    sample: Sample,
    *,
    data: QueryDict | None = None,
    after: uuid.UUID | None = None,
    ahead: int = 0,
    require: bool = False,
    conflict: Conflict | None = None,
    variables: list[Variable] | None = None,
) -> dict[str, Any]:
    """What `_work.html` needs; with `data` the form shows what was sent. `variables` where they are known."""
    member = member_of(request)
    variables = variables or Variable.objects.asked_in(sample.dataset)
    answer = Answer.objects.own(sample, member.user)
    suggested = shown_for(answer, member)
    form, fields = form_of(answer, variables, data, require=require, suggested=suggested)
    show_conflict(fields, conflict)
    rendered = render_sample(sample, current_values(form, variables), variables=variables)
    context = {
        "sample": sample,
        "dataset": sample.dataset,
        "answer": answer,
        "guideline": Beside.of(sample),
        "fields": fields,
        "conflict": conflict,
        "returned": [field for field in fields if field.note],
        "invalid": [field for field in fields if field.errors],
        "rendered": rendered,
        "problems": work.problems_of(rendered, fields),
        "panes": panes_of(sample),
        "progress": progress(member, sample.dataset, ahead=ahead),
        "after": after,
        "skip_reasons": list(enumerate(SKIP_REASONS, start=1)),
        **_open_to(member, answer),
    }
    return context | _html_of(request, context)


def _html_of(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "frame": frame_html(request, context),
        "head": partial(head_html, context, oob=False),
        "head_beside": partial(head_html, context, oob=True),
    }


def _open_to(member: Membership, answer: Answer) -> dict[str, Any]:
    """Whether the member can label the sample now, why not, and what can be done instead."""
    sample = answer.sample
    closed = answer.closed_because or test_of(member, sample.dataset).closed_because(sample)
    return {
        "closed": closed,
        "held_until": leases.freshly_held_until(sample, member.user),
        "can_undo": bool(closed) and answer.can_undo,
        "can_reopen": sample.state == Sample.State.APPROVED and may(member, Action.REOPEN),
        **leases.lease_context(sample, member, closed=bool(closed)),
    }


def part_of(
    request: HttpRequest, sample_id: uuid.UUID, *, dataset: Dataset | None = None, **context: Any
) -> str:
    """The part of the page beside the navigation, as a script puts it into an open page."""
    sample = sample_or_404(request, sample_id, dataset=dataset)
    shown = work_context(request, sample, **context)
    return str(shown["frame"] + shown["head_beside"]())


def show_conflict(fields: list[AnswerField], conflict: Conflict | None) -> None:
    """Show both values at the field of a conflict; sending the form again keeps one's own."""
    for field in fields:
        if conflict is not None and field.variable.name == conflict.field:
            field.theirs = field.variable.spec.display(conflict.theirs)
            field.rev = conflict.rev


def render_sample_page(
    request: HttpRequest, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, the part beside the navigation, or the fields alone."""
    return work.render_work(request, "annotation", context, fields="_fields.html", status=status)
