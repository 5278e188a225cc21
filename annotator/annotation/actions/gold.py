"""Testing people with gold samples: making copies, scoring answers, pausing people, letting them go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from annotator.accounts.audit import record
from annotator.accounts.models import Membership, User
from annotator.annotation.comparing import agree_on
from annotator.annotation.gold import FREE, PersonTest, Standing, test_of
from annotator.annotation.models import Answer, GoldPause, GoldResult, Qualification
from annotator.annotation.notices import tell_of_pause, withdraw_pause
from annotator.datasets.actions import gold_to_copy, make_gold_copies
from annotator.datasets.models import Dataset, GoldAnswer, Sample, Variable
from annotator.errors import WrongState
from annotator.suggestions.models import Suggestion


@transaction.atomic
def prepare_gold(member: Membership, dataset: Dataset, test: PersonTest) -> PersonTest:
    """Make sure that the member has their copies, and an attempt where they are to qualify.

    A person for whom no gold sample is left qualifies by what they have answered, and by nothing where there
    has never been one.
    """
    user = member.user
    made = make_gold_copies(dataset, user)
    _copy_suggestions(made)
    if test.standing != Standing.QUALIFYING:
        return test
    if test.attempt is None:
        Qualification.objects.bulk_create(
            [Qualification(dataset=dataset, user=user)], ignore_conflicts=True
        )
        test = test_of(member, dataset)
    if available_gold(dataset, user).exists() or test.attempt is None:
        return test
    if not test.answered:
        return FREE  # there is nothing to qualify with
    _end_attempt(dataset, user, test.attempt)
    return test_of(member, dataset)


def lacks_gold(member: Membership, dataset: Dataset) -> bool:
    """Whether no copy is left to give to the member, though `prepare_gold` would make some.

    Two queries, none where the dataset tests nobody.
    """
    if not dataset.tests_people or not member.tested_id:
        return False
    user = member.user
    return not available_gold(dataset, user).exists() and gold_to_copy(dataset, user).exists()


def available_gold(dataset: Dataset, user: User) -> Any:
    """The person's copies that they have not answered: those that a claim may still give them."""
    done = Answer.objects.filter(author=user, state__in=Answer.DONE_STATES)
    copies = Sample.objects.filter(
        dataset=dataset,
        only_for=user,
        removed_at=None,
        state=Sample.State.UNLABELED,
        gold_of__is_gold=True,
        gold_of__removed_at=None,
    )
    return copies.exclude(answers__in=done)


def _copy_suggestions(made: Mapping[UUID, UUID]) -> None:
    """Show at a copy what was ever proposed for its gold sample, as if nobody had decided about it."""
    if not made:
        return
    proposed = Suggestion.objects.filter(sample__in=made, invalid_reason="")
    proposed = proposed.exclude(state=Suggestion.State.SUPERSEDED)
    newest = {(row.sample_id, row.variable_id, row.source_id): row for row in proposed}
    Suggestion.objects.bulk_create(
        [
            Suggestion(
                sample_id=made[row.sample_id],
                variable_id=row.variable_id,
                source_id=row.source_id,
                value=row.value,
                confidence=row.confidence,
                raw_text=row.raw_text,
                created_at=row.created_at,
            )
            for row in newest.values()
        ],
        batch_size=500,
    )


def score(answer: Answer, values: Mapping[Variable, Any]) -> None:
    """Compare a submitted answer to a gold copy with what is known; the first answer counts.

    Pauses its author, or ends their qualification, where that is due.
    """
    sample, user = answer.sample, answer.author
    if sample.gold_of_id is None:
        return
    known = GoldAnswer.objects.filter(sample=sample.gold_of_id).first()
    mine = GoldResult.objects.filter(sample=sample.gold_of_id, user=user)
    if known is None or mine.exists():
        return
    asked = {variable: known.values.get(str(variable.pk)) for variable in values}
    GoldResult.objects.bulk_create(
        [
            GoldResult(
                dataset_id=sample.dataset_id,
                sample_id=sample.gold_of_id,
                user=user,
                variable=variable,
                given=values[variable],
                is_right=agree_on(variable, right, values[variable]),
            )
            for variable, right in asked.items()
            if right is not None
        ],
        ignore_conflicts=True,
    )
    _judge(sample.dataset, user)


def _judge(dataset: Dataset, user: User) -> None:
    """End the qualification, or pause the person, if it is time."""
    mine = {"dataset": dataset, "user": user}
    attempt = Qualification.objects.filter(ended_at=None, **mine).first()
    if dataset.qualification_samples and attempt is not None:
        if _counted(dataset, user, attempt.started_at)["samples"] >= dataset.qualification_samples:
            _end_attempt(dataset, user, attempt)
        return
    lifted = GoldPause.objects.filter(**mine).aggregate(at=Max("lifted_at"))["at"]
    ended = Qualification.objects.filter(**mine).aggregate(at=Max("ended_at"))["at"]
    since = max(filter(None, [lifted, ended]), default=None)
    counted = _counted(dataset, user, since)
    is_weak = 100 * counted["right"] < dataset.gold_least_percent * counted["asked"]
    if counted["samples"] >= dataset.gold_least_answers and is_weak:
        pause = GoldPause(right=counted["right"], asked=counted["asked"], **mine)
        GoldPause.objects.bulk_create([pause], ignore_conflicts=True)
        record("gold.pause", workspace=dataset.workspace, by=None, target=user)
        tell_of_pause(GoldPause.objects.lasting().get(**mine))


def _counted(dataset: Dataset, user: User, since: datetime | None) -> dict[str, int]:
    results = GoldResult.objects.filter(dataset=dataset, user=user)
    if since is not None:
        results = results.filter(answered_at__gte=since)
    return results.aggregate(
        samples=Count("sample", distinct=True),
        asked=Count("pk"),
        right=Count("pk", filter=Q(is_right=True)),
    )


def _end_attempt(dataset: Dataset, user: User, attempt: Qualification) -> None:
    counted = _counted(dataset, user, attempt.started_at)
    right, asked = counted["right"], counted["asked"]
    Qualification.objects.filter(pk=attempt.pk, ended_at=None).update(
        ended_at=timezone.now(),
        right=right,
        asked=asked,
        is_passed=100 * right >= dataset.qualification_percent * asked,
    )


@transaction.atomic
def try_again(member: Membership, dataset: Dataset) -> None:
    """Begin another attempt at the qualification, with samples that the person has not seen.

    Raises WrongState when they have not failed one, may not try again, or no sample is left.
    """
    test = test_of(member, dataset)
    if test.standing != Standing.FAILED:
        raise WrongState("There is no attempt to repeat: label the next sample.")
    if not dataset.qualification_retries:
        raise WrongState("This qualification can be tried once. An admin can let you go on.")
    if not available_gold(dataset, member.user).exists():
        raise WrongState("No sample is left to try again with. An admin can let you go on.")
    Qualification.objects.bulk_create(
        [Qualification(dataset=dataset, user=member.user)], ignore_conflicts=True
    )


@transaction.atomic
def let_go_on(dataset: Dataset, user: User, *, by: User) -> None:
    """Lift the person's pause, or let them work without having qualified; they are judged anew from now on.

    Raises WrongState when neither holds them up (any more).
    """
    now = timezone.now()
    pause = GoldPause.objects.lasting().filter(dataset=dataset, user=user).first()
    lifted = 0
    if pause is not None:
        lifted = GoldPause.objects.lasting().filter(pk=pause.pk).update(lifted_at=now, lifted_by=by)
        withdraw_pause(pause)
    if not lifted and dataset.qualification_samples:
        latest = Qualification.objects.filter(dataset=dataset, user=user).first()
        if latest is not None and not latest.is_passed:
            rows = Qualification.objects.filter(pk=latest.pk, is_passed=False)
            lifted = rows.update(ended_at=now, is_passed=True, granted_by=by)
    if not lifted:
        raise WrongState(f"{user.display_name} can label here already.")
    record("gold.let_go_on", workspace=dataset.workspace, by=by, target=user)
