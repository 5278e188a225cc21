"""How one stands in a dataset that tests people: the qualification and how it went, or a pause."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import actions
from annotator.annotation.gold import Standing, test_of
from annotator.annotation.queries.gold import attempt_by_variable
from annotator.datasets.views.context import crumbs_to, dataset_of, link


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.LABEL)
def standing(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """What comes before real work here and how it went; a POST begins another attempt."""
    dataset, member = dataset_of(request, dataset_id), member_of(request)
    if request.method == "POST":
        actions.try_again(member, dataset)
        return redirect("annotation:standing", dataset.pk)
    test = test_of(member, dataset)
    can_retry = test.standing == Standing.FAILED and dataset.qualification_retries
    context = {
        "crumbs": crumbs_to(dataset),
        "dataset": dataset,
        "test": test,
        "is_qualifying": test.standing == Standing.QUALIFYING,
        "is_passed": test.standing == Standing.FREE and test.attempt is not None,
        "by_variable": attempt_by_variable(test.attempt) if test.attempt else [],
        "can_retry": can_retry and actions.available_gold(dataset, member.user).exists(),
        "guidelines_url": link("guidelines:guidelines", dataset.pk),
    }
    return render(request, "annotation/standing.html", context)
