"""Figures as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from annotator.accounts.models import Membership
from annotator.datasets.serializers.fields import wire_time
from annotator.figures.progress import DatasetProgress, PersonProgress, Row, VariableRow
from annotator.figures.work import Period, Work

if TYPE_CHECKING:
    from annotator.figures.gold import GoldScore  # loads NumPy
    from annotator.figures.report import Report

SECONDS_HELP = "Working time of the timed answers, long pauses cut off."


class EstimateShape(serializers.Serializer[Any]):
    """A figure with its 95 % interval, which is null where there are too few."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    samples = serializers.IntegerField()


class WorkShape(serializers.Serializer[Work]):
    """Answers, and what became of them."""

    submitted = serializers.IntegerField()
    accepted_at_once = serializers.IntegerField(help_text="By a reviewer, without being returned.")
    returned = serializers.IntegerField(help_text="At least once.")
    timed = serializers.IntegerField(help_text="Answers whose working time was counted.")
    working_seconds = serializers.FloatField(help_text=SECONDS_HELP)


class DayShape(WorkShape):
    """One day in UTC."""

    day = serializers.DateField()


class PersonShape(WorkShape):
    """One person in a dataset."""

    person = serializers.IntegerField()
    name = serializers.CharField()
    compared = serializers.IntegerField(help_text="Values that others gave one for too.")
    agreeing = serializers.IntegerField(help_text="Of those, the ones that agree.")
    gold = EstimateShape(allow_null=True, help_text="Share of right values in gold samples.")


class DatasetOfPersonShape(WorkShape):
    """One dataset of a person."""

    dataset = serializers.UUIDField()
    name = serializers.CharField()
    left = serializers.IntegerField(help_text="Samples that wait for the person.")
    gold = EstimateShape(allow_null=True, help_text="As of `people`; null unless one may read it.")


class VariableFiguresShape(serializers.Serializer[Any]):
    """One variable, over all people."""

    variable = serializers.UUIDField()
    name = serializers.CharField()
    reviewed = serializers.IntegerField(help_text="Answers.")
    changed = serializers.IntegerField(help_text="Values that reviewers changed.")
    compared = serializers.IntegerField()
    agreeing = serializers.IntegerField()
    gold_values = serializers.IntegerField(help_text="Given for gold samples.")
    gold_right = serializers.IntegerField()


class AgreementShape(EstimateShape):
    """How far people agree in a variable, by one measure; of all days."""

    variable = serializers.UUIDField()
    name = serializers.CharField()
    measure = serializers.CharField()


class PeriodShape(serializers.Serializer[Period]):
    """The days that are counted, both inclusive and in UTC."""

    days = serializers.CharField()
    first = serializers.DateField(allow_null=True, help_text="Null: from the beginning.")
    last = serializers.DateField()


class DatasetFiguresShape(PeriodShape):
    """How far a dataset is, who did how much of it, and how far people agree."""

    dataset = serializers.UUIDField()
    left = serializers.IntegerField(help_text="Answers to give.")
    answers_per_day = serializers.FloatField(help_text="Of the last 14 days.")
    done_on = serializers.DateField(allow_null=True, help_text="At this pace.")
    work = WorkShape()
    by_day = DayShape(many=True)
    people = PersonShape(many=True)
    variables = VariableFiguresShape(many=True)
    agreement = AgreementShape(many=True)
    agreement_made = serializers.DateTimeField(help_text="As of when `agreement` is.")


class PersonFiguresShape(PeriodShape):
    """What one person did, by day and dataset."""

    person = serializers.IntegerField()
    work = WorkShape()
    by_day = DayShape(many=True)
    datasets = DatasetOfPersonShape(many=True)


def dataset_figures(
    done: DatasetProgress,
    period: Period,
    *,
    people: list[Row],
    variables: list[VariableRow],
    report: Report,
) -> dict[str, Any]:
    """The figures of a dataset."""
    return {
        "dataset": done.card.dataset.pk,
        **_period(period),
        "left": done.outlook.left,
        "answers_per_day": done.outlook.pace.per_day,
        "done_on": done.outlook.done_on,
        "work": _work(done.all),
        "by_day": _by_day(done.days),
        "people": [
            {
                "person": row.key,
                "name": row.name,
                **_work(row.work),
                "compared": row.compared,
                "agreeing": row.agreeing,
                "gold": _gold(row.gold),
            }
            for row in people
        ],
        "variables": [_variable(row) for row in variables],
        "agreement": _agreement(report),
        "agreement_made": wire_time(report.made_at),
    }


def person_figures(member: Membership, done: PersonProgress, period: Period) -> dict[str, Any]:
    """The figures of a person."""
    return {
        "person": member.user_id,
        **_period(period),
        "work": _work(done.all),
        "by_day": _by_day(done.days),
        "datasets": [
            {
                "dataset": row.key.pk,
                "name": row.name,
                **_work(row.work),
                "left": row.left,
                "gold": _gold(row.gold),
            }
            for row in done.datasets
        ],
    }


def _period(period: Period) -> dict[str, Any]:
    return {"days": period.key, "first": period.first, "last": period.last}


def _work(work: Work) -> dict[str, Any]:
    return {
        "submitted": work.submitted,
        "accepted_at_once": work.accepted,
        "returned": work.returned,
        "timed": work.timed_answers,
        "working_seconds": work.milliseconds / 1000,
    }


def _by_day(days: Mapping[date, Work]) -> list[dict[str, Any]]:
    return [{"day": day, **_work(work)} for day, work in sorted(days.items())]


def _variable(row: VariableRow) -> dict[str, Any]:
    return {
        "variable": row.variable.pk,
        "name": row.variable.name,
        "reviewed": row.reviewed,
        "changed": row.changed,
        "compared": row.compared,
        "agreeing": row.agreeing,
        "gold_values": row.gold.total,
        "gold_right": row.gold.count,
    }


def _estimate(estimate: Any) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "samples": estimate.units,
    }


def _gold(score: GoldScore | None) -> dict[str, Any] | None:
    return None if score is None else _estimate(score.estimate)


def _agreement(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "variable": row.variable_id,
            "name": row.name,
            "measure": figure.measure.name,
            **_estimate(figure.estimate),
        }
        for row in report.agreements
        for figure in row.figures
    ]
