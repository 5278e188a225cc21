"""Saving while one types, and holding the sample meanwhile. Responds with JSON to a script."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import actions
from annotator.annotation.forms import OperationForm, form_of
from annotator.annotation.models import Answer
from annotator.annotation.views.work import sample_or_404
from annotator.annotation.work import lease
from annotator.datasets.models import Variable
from annotator.errors import BadInput, Conflict
from annotator.variables import answer_form


@require_POST
@allow(Action.LABEL)
def value(request: HttpRequest, sample_id: uuid.UUID, variable_id: uuid.UUID) -> HttpResponse:
    """Save one field of my answer; the first save makes the answer.

    200 {"rev"}     saved, or saved before by the same operation; with `draw` also the field as "html"
    401 {"detail"}  signed out: sign in again and send the same once more
    409 {"detail", "mine", "theirs", "rev", "html"}  changed elsewhere meanwhile: send with that rev to
                    keep mine, or show the html, which holds theirs
    409 {"detail"}  submitted meanwhile
    422 {"detail"}  the variable does not allow it, perhaps since a moment ago
    """
    sample = sample_or_404(request, sample_id)
    variable = get_object_or_404(Variable, dataset=sample.dataset_id, pk=variable_id)
    operation = OperationForm(request.POST)
    if not operation.is_valid():
        return JsonResponse({"detail": "Send operation and rev."}, status=400)
    answer = actions.open_answer(sample, by=member_of(request).user)
    try:
        rev = _save(request, answer, variable, operation)
    except Conflict as conflict:
        show = variable.spec.display
        values = {"mine": show(conflict.ours), "theirs": show(conflict.theirs)}
        html = _field_html(request, answer, variable)
        body = {"detail": str(conflict), **values, "rev": conflict.rev, "html": html}
        return JsonResponse(body, status=409)
    except BadInput as refusal:
        errors = refusal.fields.get(variable.name, [str(refusal)])
        return JsonResponse({"detail": " ".join(errors)}, status=422)
    if operation.cleaned_data["draw"]:
        return JsonResponse({"rev": rev, "html": _field_html(request, answer, variable)})
    return JsonResponse({"rev": rev})


def _save(
    request: HttpRequest, answer: Answer, variable: Variable, operation: OperationForm
) -> int:
    """The field's new revision. Raises Conflict, BadInput, WrongState."""
    key, by = str(variable.pk), member_of(request).user
    form = answer_form({key: variable.spec}, request.POST)
    if not form.is_valid():
        raise BadInput(
            "Not allowed.", fields={variable.name: [str(error) for error in form.errors[key]]}
        )
    sent = operation.cleaned_data
    saved = actions.save_value(
        answer,
        variable,
        form.values[key],
        expected_rev=sent["rev"],
        operation_id=sent["operation"],
        by=by,
        after=sent["after"],
    )
    actions.mark_unsure(answer, variable, unsure=key in request.POST.getlist("unsure"), by=by)
    return saved.rev


def _field_html(request: HttpRequest, answer: Answer, variable: Variable) -> str:
    """The field with what is stored now."""
    _, fields = form_of(answer, [variable])
    context = {"each": fields[0], "sample": answer.sample}
    return render_to_string("annotation/_field.html", context, request)


@require_POST
@allow(Action.LABEL)
def hold(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Hold the sample for me for some minutes more; the open page calls this every minute.

    200 {"held": true}, or {"held": false, "by": name} while somebody else has it open. `take_over`
    breaks their lease, where one's role allows it.
    """
    sample, member = sample_or_404(request, sample_id), member_of(request)
    Answer.objects.own(sample, member.user).require_open()
    take_over = "take_over" in request.POST and may(member, Action.BREAK_LEASE)
    return JsonResponse(lease(sample, member.user, take_over=take_over))
