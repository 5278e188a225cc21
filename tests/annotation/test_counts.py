"""The kept counts are what counting gives, whatever happens to samples and answers, and in races."""

import random
import threading
from collections import Counter
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import connection

from annotator import counting
from annotator.accounts.models import Role
from annotator.annotation import jobs
from annotator.annotation.actions import open_answer, skip, submit, undo_submit
from annotator.annotation.counting import ANSWERS
from annotator.annotation.jobs import fold_counts
from annotator.annotation.models import Answer, AnswerCount, Effort
from annotator.annotation.queries import figures, left_by_dataset, progress
from annotator.datasets import actions as datasets
from annotator.datasets.models import AssignmentCount, Dataset, Origin, Sample, SampleCount
from annotator.errors import AnnotatorError
from annotator.review.actions import approve, reopen, return_answer, undo
from annotator.review.models import Review
from annotator.review.queries import awaiting
from annotator.review.queries import left_by_dataset as answers_left
from tests.factories import make_dataset, make_member, make_sample, make_variable, make_workspace

pytestmark = pytest.mark.django_db

STEPS = 150


def counted_samples():
    rows = Sample.objects.filter(removed_at=None).values_list("dataset", "state", "test")
    return Counter(rows)


def kept_samples():
    rows = Counter()
    for *key, number in SampleCount.objects.values_list("dataset", "state", "test", "number"):
        rows[tuple(key)] += number
    return +rows


def counted_assignments():
    rows = Sample.objects.filter(removed_at=None, assignment__isnull=False)
    return Counter(rows.values_list("dataset", "assignment", "state"))


def kept_assignments():
    rows = Counter()
    keys = ["dataset", "assignment", "state"]
    for *key, number in AssignmentCount.objects.values_list(*keys, "number"):
        rows[tuple(key)] += number
    return +rows


def counted_answers():
    """By key how many, and their time: of each that was timed a second more, to tell none from 0."""
    rows = Answer.objects.filter(sample__removed_at=None).values_list(
        "sample__dataset",
        "author",
        "state",
        "sample__state",
        "submitted_at__date",
        "sample__assignment",
        "is_self_accepted",
        "returned_at",
        "active_ms",
    )
    counted = Counter()
    for *key, returned_at, active_ms in rows:
        counted[*key, returned_at is not None] += 1
        if active_ms is not None:
            counted[*key, returned_at is not None, "time"] += 1000 + active_ms
    return counted


def kept_answers():
    rows = Counter()
    keys = ["dataset", "author", "state", "sample_state", "day", "assignment"]
    keys += ["is_self_accepted", "was_returned"]
    kept = AnswerCount.objects.values_list(*keys, "number", "timed", "active_ms")
    for *key, number, timed, active_ms in kept:
        rows[tuple(key)] += number
        rows[*key, "time"] += 1000 * timed + active_ms
    return +rows


def done_by_counting(member, dataset):
    """What has to be labelled again is left, not done."""
    given = Answer.objects.filter(author=member.user, sample__dataset=dataset)
    given = given.filter(sample__removed_at=None).select_related("sample")
    return sum(
        answer.state == "skipped"
        or (answer.state in {"submitted", "approved"} and answer.sample.state != "unlabeled")
        for answer in given
    )


class Walk:
    """People who do whatever they can think of to the samples of one dataset."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        workspace = make_workspace()
        self.dataset = make_dataset(
            workspace=workspace, review_percent=60, self_review_allowed=True
        )
        self.grade = make_variable(dataset=self.dataset, required=True, max_value=10)
        self.members = [make_member(Role.ADMIN, workspace=workspace) for _ in range(3)]
        self.assignments = [self.dataset.assignments.create() for _ in range(3)]
        for number, assignment in enumerate(self.assignments):
            assignment.people.set([each.user for each in self.members[number:]])
        for _ in range(12):
            make_sample(dataset=self.dataset)

    def step(self):
        member = self.random.choice(self.members)
        sample = Sample.objects.filter(dataset=self.dataset).order_by("?").first()
        sample.dataset = self.dataset
        act = self.random.choice(
            [self.label, self.label, self.label, self.review, self.review, self.change, self.hold]
        )
        with suppress(AnnotatorError):  # not possible now
            act(sample, member.user)

    def label(self, sample, by):
        verb = self.random.choice(["submit", "submit", "skip", "undo"])
        if verb == "undo":
            undo_submit(Answer.objects.own(sample, by), by=by)
        elif verb == "skip":
            skip(open_answer(sample, by=by), reason=self.random.choice(["Blurred", "Other"]), by=by)
        else:
            answer = open_answer(sample, by=by)
            effort = Effort(active_ms=self.random.choice([None, 0, 900]))
            submit(answer, {self.grade: self.random.randrange(10)}, by=by, effort=effort)

    def review(self, sample, by):
        answer = sample.answers.filter(state="submitted").first()
        verb = self.random.choice(["approve", "return", "reopen", "undo"])
        if verb == "undo":
            if verdict := Review.objects.filter(reviewer=by).exclude(answer=None).first():
                undo(verdict, by=by)
        elif verb == "reopen":
            reopen(sample, by=by, reason="Look again.")
        elif answer is not None:
            act = approve if verb == "approve" else return_answer
            more = {} if verb == "approve" else {"reason": "Wrong."}
            act(answer, by=by, seen_rev=answer.rev, **more)

    def change(self, sample, by):
        verb = self.random.choice(
            ["value", "clear", "split", "remove", "create", "schema", "assign"]
        )
        if verb in {"value", "clear"}:
            value = 3 if verb == "value" else None
            datasets.set_value(sample, self.grade, value, origin=Origin.API, by=by)
        elif verb == "assign":
            to = self.random.choice([None, *self.assignments])
            Sample.objects.filter(pk=sample.pk).update(assignment=to)
        elif verb == "split":
            datasets.set_test([sample], test=not sample.test, by=by)
        elif verb == "remove":
            datasets.remove_sample(sample, by=by)
            datasets.create_samples(self.dataset, [{"name": "new"}], by=by)
        elif verb == "create":
            datasets.create_sample(self.dataset, by=by, test=self.random.random() < 0.5)
        else:
            limit = self.random.choice([5, 10])
            self.grade = datasets.change_variable(self.grade, by=by, max_value=limit) or self.grade

    def hold(self, sample, by):
        sample.lease_to(by)


@pytest.mark.parametrize("seed", range(2))
def test_after_any_operations_the_kept_counts_are_what_counting_gives(seed):
    walk = Walk(seed)
    dataset = walk.dataset

    for number in range(STEPS):
        walk.step()
        if number % 25 == 0:
            fold_counts()
        if number % 5 == 0:
            assert kept_samples() == counted_samples()
            assert kept_answers() == counted_answers()
            assert kept_assignments() == counted_assignments()

    for member in walk.members:
        asked = Answer.objects.samples_to_label(member)
        left = left_by_dataset(member).get(dataset.pk, {"fresh": 0, "returned": 0})
        assert left["fresh"] == asked.filter(state="unlabeled").count()
        mine = Sample.objects.in_dataset(dataset).filter(assignment__people=member.user)
        done = Answer.objects.filter(author=member.user, state__in=Answer.DONE_STATES)
        assigned = mine.filter(state="unlabeled").exclude(pk__in=done.values("sample"))
        assert figures(member)[dataset.pk].assigned == assigned.count()
        assert left["returned"] == asked.filter(state="returned").count()
        assert progress(member, dataset).done == done_by_counting(member, dataset)
        assert answers_left(member, figures(member)).get(dataset.pk, 0) == awaiting(member).count()
    assert not any(counting.reconcile(count) for count in counting.KEPT)


def test_reconciling_corrects_what_differs_and_says_so(monkeypatch):
    said = []
    monkeypatch.setattr(jobs.log, "warning", lambda text, *given: said.append(text % given))
    sample = make_sample()
    Answer.objects.create(sample=sample, author=make_member().user, state="submitted")
    SampleCount.objects.update(number=7)
    AnswerCount.objects.all().delete()

    jobs.reconcile_counts()

    assert kept_samples() == counted_samples()
    assert kept_answers() == counted_answers()
    assert "corrected 1 counts of annotation_answercount" in said
    sample.move(to="submitted", only_from=["unlabeled"])
    assert kept_samples() == counted_samples()
    assert kept_answers() == counted_answers()


def test_a_database_whose_triggers_are_gone_counts_anew_with_the_next_migrate():
    counting.remove()
    make_sample()

    call_command("migrate", verbosity=0)

    assert kept_samples() == counted_samples()
    assert not counting.install(counting.KEPT)


@pytest.mark.parametrize("option", ["check_unapplied", "plan"])
def test_a_migrate_that_only_looks_leaves_the_triggers_alone(option, monkeypatch, settings):
    settings.MIGRATION_MODULES = {}  # those that there are: all of them wait, as far as this database knows
    removed = []
    monkeypatch.setattr(counting, "remove", lambda: removed.append(option))

    with suppress(SystemExit):  # that is how --check says no
        call_command("migrate", verbosity=0, **{option: True})

    assert removed == []


def test_a_deleted_dataset_leaves_no_counts_behind():
    sample = make_sample()
    Answer.objects.create(sample=sample, author=make_member().user)

    Dataset.objects.all().delete()

    assert kept_samples() == kept_answers() == Counter()


@pytest.mark.django_db(transaction=True)
def test_counts_are_exact_when_people_change_the_same_samples_at_once():
    samples = [make_sample() for _ in range(4)]
    people = [make_member().user for _ in range(4)]
    answers = [Answer.objects.create(sample=s, author=p) for s in samples for p in people]

    def work(seed):
        chance = random.Random(seed)
        for _ in range(40):
            sample, answer = chance.choice(samples), chance.choice(answers)
            Sample.objects.filter(pk=sample.pk).update(
                state=chance.choice(Sample.State.values), test=chance.random() < 0.5
            )
            Answer.objects.filter(pk=answer.pk).update(state=chance.choice(Answer.State.values))
            if chance.random() < 0.1:
                counting.fold(ANSWERS)
        connection.close()

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert kept_samples() == counted_samples()
    assert kept_answers() == counted_answers()
