"""`/vlm/v2/dataset/{id}/figures/` and `/vlm/v2/figures/`: how far datasets are, and who did what."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, may
from annotator.annotation.models import GoldResult
from annotator.api.views.base import ApiView
from annotator.datasets.models import Dataset, Variable
from annotator.figures.progress import dataset_progress, person_progress, variable_rows
from annotator.figures.serializers import (
    DatasetFiguresShape,
    PersonFiguresShape,
    dataset_figures,
    person_figures,
)
from annotator.figures.views.agreement import report_in
from annotator.figures.work import PERIODS, Period


class Figures(ApiView):
    """Figures of people's work."""

    tag = "Figures"
    noun = "figures"
    action_for = {"figures": Action.READ_OTHERS_ANSWERS, "person": Action.READ}
    response_serializers = {"figures": DatasetFiguresShape, "person": PersonFiguresShape}

    def figures(self, request: Request, pk: Any) -> Response:
        """How far a dataset is, who did how much of it, and how far people agree."""
        from annotator.figures.gold import gold_scores, of_everybody  # loads NumPy

        dataset = get_object_or_404(Dataset.objects.visible_to(self.member), pk=pk)
        period = self._period()
        variables, done = Variable.objects.asked_in(dataset), dataset_progress(dataset, period)
        report = report_in(dataset, variables)
        results = GoldResult.objects.visible_to(self.member).filter(dataset=dataset)
        scores = gold_scores(results.of_period(period.begins_at), "user")
        rows = variable_rows(variables, period, done.all, report=report, gold=of_everybody(scores))
        people = done.people_with(report, scores)
        return Response(dataset_figures(done, period, people=people, variables=rows, report=report))

    def person(self, request: Request) -> Response:
        """What a person did, by day and dataset: the caller, or another one whose answers they may read."""
        from annotator.figures.gold import gold_scores  # loads NumPy

        member, period = self._person(), self._period()
        results = GoldResult.objects.visible_to(self.member).filter(user=member.user_id)
        scores = gold_scores(results.of_period(period.begins_at), "dataset")
        return Response(person_figures(member, person_progress(member, period, scores), period))

    def _period(self) -> Period:
        days = self.request.query_params.get("days", "")
        if days not in {"", *PERIODS}:
            raise ValidationError({"days": [f"Choose one of: {', '.join(PERIODS)}."]})
        return Period.named(days)

    def _person(self) -> Membership:
        """The member, whom the scope of the caller's token does not limit."""
        text = self.request.query_params.get("person", "") or str(self.member.user_id)
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValidationError({"person": ["Send the id of a person: a whole number."]})
        is_own = int(text) == self.member.user_id
        if not is_own and not may(self.member, Action.READ_OTHERS_ANSWERS):
            raise PermissionDenied("Your role does not allow this: read another's figures.")
        members = Membership.objects.visible_to(self.member).select_related("user")
        return get_object_or_404(members, user=int(text))
