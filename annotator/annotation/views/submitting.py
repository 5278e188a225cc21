"""Handing in, keeping as a draft, skipping, taking back. All work without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotator.accounts.permissions import Action, allow, member_of
from annotator.annotation import actions
from annotator.annotation.forms import form_of, seen_rev
from annotator.annotation.models import Answer
from annotator.annotation.views.pages import next_url
from annotator.annotation.views.work import (
    draw,
    find_sample,
    own_answer,
    refuse_closed,
    uuid_or_none,
    work_context,
)
from annotator.datasets.models import Sample
from annotator.errors import BadInput, Conflict


@require_POST
@allow(Action.LABEL)
def submit(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Hand the whole form in, then go on with the next sample."""
    sample = find_sample(request, sample_id)
    refused = _keep(request, sample, actions.submit, require=True)
    return refused or _redirect_to_next(request, sample)


@require_POST
@allow(Action.LABEL)
def draft(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Keep the whole form as it is. For browsers without JavaScript: the others save while one types."""
    sample = find_sample(request, sample_id)
    refused = _keep(request, sample, actions.save_draft, require=False)
    if refused is None:
        messages.success(request, "Saved as a draft.")
    return refused or redirect("annotation:sample", sample.pk)


def _keep(
    request: HttpRequest, sample: Sample, action: Callable[..., Any], *, require: bool
) -> HttpResponse | None:
    """Give the form to an action; the page with what has to be mended when it refuses, else None."""
    user = member_of(request).user
    refuse_closed(sample, own_answer(sample, user))
    answer = actions.open_answer(sample, by=user)
    variables = list(sample.dataset.variables.live())
    form, asked = form_of(sample, answer, variables, request.POST, require=require)
    said: dict[str, Any] = {"data": request.POST, "require": require}
    if not form.is_valid():
        return draw(request, work_context(request, sample, **said), status=422)
    try:
        action(
            answer,
            {v: form.values[str(v.pk)] for v in variables},
            by=user,
            seen_revs={v: seen_rev(request.POST, v) for v in variables},
            unsure={each.variable for each in asked if each.unsure},
        )
    except Conflict as conflict:
        return draw(request, work_context(request, sample, conflict=conflict, **said), status=409)
    except BadInput:  # a variable changed between the check and the action
        return draw(request, work_context(request, sample, **said), status=422)
    return None


@require_POST
@allow(Action.LABEL)
def skip(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Put the sample aside with a reason, then go on with the next one."""
    sample = find_sample(request, sample_id)
    user = member_of(request).user
    refuse_closed(sample, own_answer(sample, user))
    reason = request.POST.get("reason", "").strip() or "Other"
    actions.skip(actions.open_answer(sample, by=user), reason=reason, by=user)
    return _redirect_to_next(request, sample)


@require_POST
@allow(Action.LABEL)
def undo(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Take my answer, or my skipping, back and open the sample again."""
    sample = find_sample(request, sample_id)
    user = member_of(request).user
    answer = get_object_or_404(Answer, sample=sample, author=user)
    actions.undo_submit(answer, by=user)
    return _to(request, reverse("annotation:sample", args=[sample.pk]))


def _redirect_to_next(request: HttpRequest, sample: Sample) -> HttpResponse:
    """To the next sample, held for this person; the page's prefetched one if it is still free."""
    preferred_id = uuid_or_none(request.POST.get("ahead", ""))
    member = member_of(request)
    url = next_url(
        request, member, sample.dataset, exclude_ids=[sample.pk], preferred_id=preferred_id
    )
    separator = "&" if "?" in url else "?"
    return _to(request, f"{url}{separator}after={sample.pk}")


def _to(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect, or the address alone for a script that draws the page itself."""
    if request.htmx:  # type: ignore[attr-defined]
        return JsonResponse({"url": url})
    return redirect(url)
