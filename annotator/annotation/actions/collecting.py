"""Several people answer one sample: their answers are collected, and compared once all are there."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action
from annotator.annotation.actions.opening import OPEN_STATES
from annotator.annotation.comparing import compare
from annotator.annotation.models import Answer, Effort
from annotator.annotation.risk import risk_now
from annotator.datasets.models import Assignment, Dataset, Sample, SampleQuerySet
from annotator.errors import WrongState

STATES_OF_ASKED = [*Answer.DONE_STATES, Answer.State.SUBMITTED]


def collect(answer: Answer, effort: Effort | None = None) -> Answer | None:
    """Keep a submitted answer among those that its sample asks for; compare them when it is the last.

    Gives the answer that is to be accepted for all, where they agree and the dataset accepts those without a
    reviewer. Raises WrongState when the sample does not await this person's answer (any more). Whoever else
    submits waits until the transaction is done, so that nobody answers more often than asked.
    """
    sample = answer.sample
    if _locked_state(sample) not in answer.open_sample_states:
        _refuse(sample)
    answer.move(
        to=Answer.State.COLLECTED,
        only_from=OPEN_STATES,
        submitted_at=timezone.now(),
        rev=answer.rev + 1,
        risk=risk_now(),
        **answer.effort_with(effort),
    )
    sample.release(answer.author)
    return _go_on(sample, answer)


def skip_one(answer: Answer, *, reason: str) -> None:
    """Note that this person can't answer; others still may, until as many have skipped as are asked."""
    sample = answer.sample
    if _locked_state(sample) not in answer.open_sample_states:
        _refuse(sample)
    answer.move(to=Answer.State.SKIPPED, only_from=OPEN_STATES, skip_reason=reason)
    sample.release(answer.author)
    _go_on(sample, answer)


def _locked_state(sample: Sample) -> str:
    """Its state, which stays as it is until the transaction ends; brings `sample` up to date."""
    rows = Sample.objects.select_for_update().filter(pk=sample.pk, removed_at=None)
    columns = ("state", "extra_answers", "assignment_id")
    sample.state, sample.extra_answers, sample.assignment_id = rows.values_list(*columns).get()
    return sample.state


def _refuse(sample: Sample) -> NoReturn:
    raise WrongState(f"{sample} is no longer to be labelled: somebody was faster. Reload the page.")


def _go_on(sample: Sample, answer: Answer) -> Answer | None:
    """Compare, put aside, or wait for more answers, whichever it is time for. As `collect`."""
    counted = Answer.objects.filter(sample=sample).aggregate(
        collected=Count("pk", filter=Q(state=Answer.State.COLLECTED)),
        skipped=Count("pk", filter=Q(state=Answer.State.SKIPPED)),
    )
    asked = sample.answers_asked
    is_over = counted["skipped"] >= asked or counted["collected"] >= asked
    if not is_over and is_anybody_left(sample):
        if sample.state != Sample.State.UNLABELED:
            sample.move(to=Sample.State.UNLABELED, only_from=[sample.state])
        _end_assignment(sample)
    elif counted["collected"]:
        return _compare(sample, answer)
    else:
        sample.move(
            to=Sample.State.SKIPPED, only_from=[sample.state], skip_reason=answer.skip_reason
        )
    return None


def _end_assignment(sample: Sample) -> None:
    if sample.assignment_id is not None and end_assignments(Sample.objects.filter(pk=sample.pk)):
        sample.assignment = None


def end_assignments(samples: SampleQuerySet) -> int:
    """Let everybody answer those that all have answered or skipped whom they are assigned to; how many."""
    done = Answer.objects.filter(
        sample=OuterRef(OuterRef("pk")), author=OuterRef("user"), state__in=STATES_OF_ASKED
    )
    named = Assignment.people.through.objects.filter(assignment=OuterRef("assignment"))
    waiting = samples.filter(assignment__isnull=False, state=Sample.State.UNLABELED)
    return waiting.filter(~Exists(named.filter(~Exists(done)))).update(assignment=None)


def is_anybody_left(sample: Sample) -> bool:
    """Whether a member of the workspace may still be asked: who has neither answered nor skipped."""
    done = Answer.objects.filter(sample=sample, state__in=STATES_OF_ASKED)
    people = Membership.objects.filter(workspace=sample.dataset.workspace_id)
    people = people.who_may(Action.LABEL)
    return people.exclude(user__in=done.values("author")).exists()


def _compare(sample: Sample, last: Answer) -> Answer | None:
    """Ask one more person, or let one answer await the review for all. As `collect`."""
    dataset = sample.dataset
    rows = Answer.objects.filter(sample=sample, state=Answer.State.COLLECTED)
    answers = [last if row == last else row for row in rows.order_by("submitted_at", "pk")]
    comparison = compare(list(dataset.variables.live()), answers)
    if _asks_one_more(sample, comparison.agreed_percent):
        _ask_one_more(sample)
        return None
    chosen = comparison.chosen
    chosen.sample = sample
    chosen.move(to=Answer.State.SUBMITTED, only_from=[Answer.State.COLLECTED])
    sample.move(to=Sample.State.SUBMITTED, only_from=[sample.state])
    is_accepted = dataset.agreed_are_accepted and comparison.is_agreed and len(answers) > 1
    return chosen if is_accepted else None


def _asks_one_more(sample: Sample, agreed_percent: float) -> bool:
    dataset = sample.dataset
    return (
        agreed_percent < dataset.least_agreement_percent
        and sample.answers_asked < dataset.maximum_answers
        and is_anybody_left(sample)
    )


def _ask_one_more(sample: Sample) -> None:
    Sample.objects.filter(pk=sample.pk).update(extra_answers=F("extra_answers") + 1)
    sample.extra_answers += 1
    if sample.state != Sample.State.UNLABELED:
        sample.move(to=Sample.State.UNLABELED, only_from=[sample.state])
    _end_assignment(sample)


def ask_one_more(answer: Answer) -> None:
    """Have one more person answer the sample of a submitted answer, which then waits with the others.

    Raises WrongState when nobody is left to ask, or when it does not await its review (any more).
    """
    sample = answer.sample
    if _locked_state(sample) != Sample.State.SUBMITTED:
        raise WrongState("This answer does not await its review any more.")
    if not is_anybody_left(sample):
        raise WrongState("Everybody in the workspace has answered or skipped this sample already.")
    answer.move(
        to=Answer.State.COLLECTED,
        only_from=[Answer.State.SUBMITTED],
        rev=answer.rev + 1,
        first_reviewer=None,
    )
    _ask_one_more(sample)


def stand_for_all(answer: Answer, *, in_place_of: Answer) -> None:
    """Let a collected answer await the review in place of the submitted one, which is collected then.

    Who can't decide about the one can't about the other.
    """
    first = in_place_of.first_reviewer
    in_place_of.move(
        to=Answer.State.COLLECTED, only_from=[Answer.State.SUBMITTED], first_reviewer=None
    )
    answer.move(to=Answer.State.SUBMITTED, only_from=[Answer.State.COLLECTED], first_reviewer=first)


@transaction.atomic
def compare_if_complete(sample: Sample) -> None:
    """Compare the answers of a sample that asks for fewer people since; a reviewer sees them."""
    if _locked_state(sample) != Sample.State.UNLABELED:
        return
    collected = Answer.objects.filter(sample=sample, state=Answer.State.COLLECTED)
    last = collected.select_related("author").order_by("-submitted_at").first()
    if last is not None:
        _go_on(sample, last)


def compare_complete(dataset: Dataset) -> None:
    """Compare wherever all answers that the dataset asks for are there by now. Idempotent."""
    waiting = Sample.objects.in_dataset(dataset).filter(
        state=Sample.State.UNLABELED, answers__state=Answer.State.COLLECTED
    )
    for sample in waiting.distinct().iterator(chunk_size=100):
        sample.dataset = dataset
        compare_if_complete(sample)


def collect_again(sample: Sample, answer: Answer) -> None:
    """Go on after a script has written this person's collected answer to a sample that it has locked.

    A reviewer sees the result, whether all agree or not.
    """
    _locked_state(sample)
    wait_again([sample])
    _go_on(sample, answer)


def wait_again(samples: Collection[Sample]) -> None:
    """Let the answers that stand for all wait with the others, where one of the others is a draft again."""
    for_all = Answer.objects.filter(sample__in=samples, state=Answer.State.SUBMITTED)
    for_all.update(state=Answer.State.COLLECTED, first_reviewer=None)
