"""Saving while one types, and holding the sample meanwhile. Responds with JSON to a script."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import actions, leases, sql, work
from annotator.annotation.forms import (
    AnswerField,
    Operation,
    current_values,
    form_of,
    operations_of,
    posted_form,
)
from annotator.annotation.models import Answer
from annotator.annotation.suggested import origin_of, shown_for
from annotator.annotation.views.frame import rendered_html
from annotator.annotation.views.work import sample_or_404, sample_to_label
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.datasets.rendering import render_sample
from annotator.errors import BadInput, Conflict, WrongState
from annotator.variables import AnswerForm


@require_POST
@allow(Action.LABEL)
def save(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Save the fields of my answer that changed, each for itself; the first save makes the answer.

    Sent are `operation-<id>`, `after-<id>` and `rev-<id>` of each changed field; with `whole` every field of
    the form. The response is

    200 {"fields": {id: outcome}, "held", "by", "until"}  as `hold`; with `whole` also
                    "rendered", what will be trained
    400 {"detail"}  an operation without id or revision
    401 {"detail"}  signed out: sign in again and send the same once more
    409 {"detail"}  submitted meanwhile

    and the outcome of a field

    {"status": 200, "rev"}     saved, or saved before by the same operation; with `draw` also the "html"
    {"status": 409, "detail", "mine", "theirs", "rev", "html"}  changed elsewhere meanwhile: send with that
                               rev to keep mine, or show the html, which holds theirs
    {"status": 422, "detail"}  the variable does not allow it, perhaps since a moment ago
    """
    sample, operations = sample_to_label(request, sample_id), operations_of(request.POST)
    variables = _variables(sample.dataset, operations)
    form, fields = posted_form(variables, request.POST)
    answer, outcomes, held = _save(request, sample, form, fields, operations)
    drawn = {
        field.key: _outcome(request, answer, field, outcomes[field.key])
        for field in fields
        if field.key in outcomes
    }
    body = {"fields": drawn, **held}
    if "whole" in request.POST:
        body["rendered"] = _rendered(sample, form, fields)
    return JsonResponse(body)


def _variables(dataset: Dataset, keys: Collection[str]) -> list[Variable]:
    """What is asked, and what was asked before where a browser sends it; 404 for anything else."""
    variables = Variable.objects.asked_in(dataset)
    if others := set(keys) - {str(variable.pk) for variable in variables}:
        variables += dataset.variables.filter(pk__in=others)
        if others - {str(variable.pk) for variable in variables}:
            raise Http404
    return variables


def _save(
    request: HttpRequest,
    sample: Sample,
    form: AnswerForm,
    fields: list[AnswerField],
    operations: Mapping[str, Operation],
) -> tuple[Answer, dict[str, actions.Outcome], dict[str, Any]]:
    """The answer, the outcome of each operation, and whether the sample is held; one transaction."""
    by = member_of(request).user
    named = [field for field in fields if field.key in operations]
    outcomes: dict[str, actions.Outcome] = {
        field.key: BadInput("Not allowed.", fields={field.variable.name: field.errors})
        for field in named
        if field.errors
    }
    legal = [field for field in named if not field.errors]
    with transaction.atomic():
        if legal:
            answer, stored = actions.open_locked(sample, by=by)
            changes = [_change(field, form, operations[field.key], request.POST) for field in legal]
            saved = actions.save_locked(answer, stored, changes, by=by)
            outcomes |= {field.key: each for field, each in zip(legal, saved, strict=True)}
            held = _lease(request, answer)
        else:
            answer = Answer.objects.own(sample, by)
            held = _lease_while_open(request, answer)
    return answer, outcomes, held


def _lease(request: HttpRequest, answer: Answer, **choices: bool) -> dict[str, Any]:
    """Hold the sample of the answer, and those `ahead` that still await this person; as `leases.lease`."""
    user = answer.author
    return leases.lease(
        answer.sample,
        user,
        at_hand=work.at_hand(request.POST),
        renewal=sql.RENEW_TO_LABEL,
        **choices,
    )


@transaction.atomic
def _lease_while_open(request: HttpRequest, answer: Answer, **choices: bool) -> dict[str, Any]:
    """As `_lease`; raises WrongState, and leases nothing, unless the answer is open and stays so meanwhile.

    A submit and a skip lock the sample, so the lease waits for one that is on its way. A sample that asks
    others too awaits its label after it as before: only the answer, read again, says that it is done.
    """
    answer.require_open()
    held = _lease(request, answer, **choices)
    if answer.sample.asks_several:
        now = Answer.objects.own(answer.sample, answer.author)
        now.require_open()
        if now.state != answer.state:
            raise WrongState("You have skipped this sample meanwhile.")
    return held


def _change(
    field: AnswerField, form: AnswerForm, sent: Operation, data: QueryDict
) -> actions.Change:
    value = form.cleaned_data[field.key]
    return actions.Change(
        variable=field.variable,
        value=value,
        origin=origin_of(data, field.variable, value),
        expected_rev=sent.rev,
        operation_id=sent.operation_id,
        after=sent.after,
        unsure=field.unsure,
    )


def _outcome(
    request: HttpRequest, answer: Answer, field: AnswerField, outcome: actions.Outcome
) -> dict[str, Any]:
    """One field of the response; see `save`."""
    variable = field.variable
    if isinstance(outcome, actions.Saved):
        saved: dict[str, Any] = {"status": 200, "rev": outcome.rev}
        if f"draw-{field.key}" in request.POST:
            saved["html"] = _field_html(request, answer, variable)
        return saved
    if isinstance(outcome, Conflict):
        show = variable.spec.display
        values = {"mine": show(outcome.ours), "theirs": show(outcome.theirs), "rev": outcome.rev}
        html = _field_html(request, answer, variable)
        return {"status": 409, "detail": str(outcome), **values, "html": html}
    errors = outcome.fields.get(variable.name, [str(outcome)])
    return {"status": 422, "detail": " ".join(errors)}


def _field_html(request: HttpRequest, answer: Answer, variable: Variable) -> str:
    """The field with what is stored now."""
    _, fields = form_of(answer, [variable], suggested=shown_for(answer, member_of(request)))
    return fields[0].html


def _rendered(sample: Sample, form: AnswerForm, fields: list[AnswerField]) -> str:
    """What the form as it stands will be trained as."""
    live = [field for field in fields if field.variable.removed_at is None]
    variables = [field.variable for field in live]
    rendered = render_sample(sample, current_values(form, variables), variables=variables)
    return rendered_html(rendered, work.all_problems(rendered, live), oob=True)


@require_POST
@allow(Action.LABEL)
def hold(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Hold the sample for me for some minutes more, and those `ahead`; an idle page calls this every minute.

    200 as `leases.lease`: {"held": true, "until"}, or {"held": false, "by": name, "asked", "until"} while
    somebody else has it open. `take_over` asks them to leave it, where one's role allows that.
    """
    sample, member = sample_to_label(request, sample_id), member_of(request)
    answer = Answer.objects.own(sample, member.user)
    take_over = "take_over" in request.POST and may(member, Action.BREAK_LEASE)
    return JsonResponse(_lease_while_open(request, answer, take_over=take_over, is_idle=True))


@require_POST
@allow(Action.LABEL)
def hand_over(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Say to who asks for the sample that I have open: `answer` yes leaves it to them, all else keeps it."""
    sample, user = sample_or_404(request, sample_id), member_of(request).user
    if request.POST.get("answer") == "yes":
        leases.leave(sample, by=user)
    else:
        leases.keep(sample, by=user)
    return JsonResponse({})


@require_POST
@allow(Action.LABEL)
def release(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Release the samples `ahead`, held `until` then: the page that had loaded them is being left."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    until = leases.known_until(request.POST)
    leases.release(dataset, work.at_hand(request.POST), member.user, until=until)
    return HttpResponse(status=204)
