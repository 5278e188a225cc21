"""Badge, list, progress, queue, page and actions agree on who may label what, in every situation."""

import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, product

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.annotation.actions import next_sample, open_answer, skip, submit, undo_submit
from annotator.annotation.models import Answer
from annotator.annotation.queries import figures, progress, waiting
from annotator.annotation.sql import claim_named
from annotator.datasets.actions.schema import change_variable
from annotator.datasets.models import Sample, VariableValue
from annotator.errors import WrongState
from annotator.home.context import to_label
from tests.factories import make_dataset, make_member, make_sample, make_user, make_variable

pytestmark = pytest.mark.django_db

ANSWERS = [None, *Answer.State]
LEASES = ["free", "mine", "other", "expired"]
ASSIGNED = ["nobody", "me", "others"]


@dataclass(frozen=True)
class Situation:
    """All that may decide whether one person may label one sample."""

    sample: str
    own: str | None  # the state of the person's answer
    other: str | None  # that of somebody else's
    lease: str
    assigned: str = "nobody"

    @property
    def is_offered(self):
        """Whether the person is asked to label it: the rule, written a second time."""
        is_mine = self.assigned != "others"
        to_label = (
            self.sample == "unlabeled" and self.own not in {"skipped", "collected"} and is_mine
        )
        returned = self.sample == self.own == "returned"
        return (to_label or returned) and self.lease != "other"

    def is_open(self, role):
        """Whether the person's page shows the form, and all that it sends is taken."""
        is_mine = self.assigned != "others" or self.own == "returned" or role != Role.ANNOTATOR
        is_asked = self.sample in {"unlabeled", "skipped"} and self.own != "collected"
        return (is_asked and is_mine) or self.sample == self.own == "returned"

    @property
    def can_undo(self):
        """Whether the person may undo a submit or a skip."""
        if self.own == "collected":
            return self.sample in {"unlabeled", "submitted"}
        return self.own in {"submitted", "skipped"} and self.sample in {self.own, "unlabeled"}


SITUATIONS = [
    Situation(*each, ASSIGNED[n % 3])
    for n, each in enumerate(product(Sample.State, ANSWERS, ANSWERS, LEASES))
]
# Every pair of a sample's and an answer's state; what should not matter varies along.
PAIRS = [
    Situation(sample, own, ANSWERS[n % len(ANSWERS)], LEASES[n % 4], ASSIGNED[n % 3])
    for n, (sample, own) in enumerate(product(Sample.State, ANSWERS))
]


def make_situations(situations, dataset, user):
    """A sample for each situation of this person, in order."""
    other, now, numbers = make_user(), timezone.now(), count()
    holder = {"mine": user, "other": other, "expired": other, "free": None}
    until = {"mine": now + timedelta(minutes=5), "other": now + timedelta(minutes=5)}
    to = {"me": assign(dataset, [user, other]), "others": assign(dataset, [other])}
    samples = Sample.objects.bulk_create(
        Sample(
            dataset=dataset,
            name=f"sample-{next(numbers)}",
            state=each.sample,
            assignment=to.get(each.assigned),
            lease_holder=holder[each.lease],
            leased_until=until.get(each.lease, now - timedelta(minutes=5)),
        )
        for each in situations
    )
    Answer.objects.bulk_create(
        Answer(sample=sample, author=author, state=state)
        for sample, each in zip(samples, situations, strict=True)
        for author, state in ((user, each.own), (other, each.other))
        if state is not None
    )
    return samples


def assign(dataset, people):
    assignment = dataset.assignments.create()
    assignment.people.set(people)
    return assignment


@pytest.mark.parametrize("role", Role)
def test_badge_list_progress_and_queue_offer_the_same_and_all_of_it_is_open(role):
    member = make_member(role)
    dataset = make_dataset(workspace=member.workspace)
    samples = make_situations(SITUATIONS, dataset, member.user)
    expected = {s.pk for s, each in zip(samples, SITUATIONS, strict=True) if each.is_offered}

    linked, claimed = (
        all_in_turn(
            lambda tried, hold=hold: next_sample(member, dataset, exclude_ids=tried, hold=hold)
        )
        for hold in (False, True)
    )

    assert linked == claimed, "the rule in SQL gives the same order"
    assert set(claimed) == expected
    named = [each.pk for each in samples]
    assert set(claim_named(member.user, dataset, named)) == expected
    assert set(Answer.objects.samples_to_label(member).values_list("pk", flat=True)) == expected
    assert to_label(member, figures(member)) == len(expected)
    assert [each.left for each in waiting(member)] == [len(expected)]
    assert progress(member, dataset).left == len(expected)
    for sample, each in zip(samples, SITUATIONS, strict=True):
        closed = Answer.objects.own(sample, member.user).closed_because
        assert (closed == "") == each.is_open(role)
        assert each.is_open(role) or not each.is_offered


def all_in_turn(choose):
    """The ids of all samples that are given one after the other, none twice."""
    given = []
    while sample := choose(given):
        given.append(sample.pk)
    assert len(given) == len(set(given))
    return given


def test_a_persons_answers_are_looked_up_per_sample_and_never_listed_whole():
    sql = str(Answer.objects.samples_to_label(make_member()).query)

    assert "EXISTS" in sql
    assert " NOT IN " not in sql


@pytest.mark.parametrize("review_percent", [0, 100])
@pytest.mark.parametrize("n", range(len(PAIRS)), ids=lambda n: f"{PAIRS[n].sample}-{PAIRS[n].own}")
def test_whoever_is_shown_a_form_can_finish_it_and_nobody_else(client, n, review_percent):
    each, role = PAIRS[n], list(Role)[n // 3 % 3]
    member, is_open = make_member(role), each.is_open(role)
    dataset = make_dataset(workspace=member.workspace, review_percent=review_percent)
    grade = make_variable(dataset=dataset, name="grade", required=True)
    client.force_login(member.user)
    posts = ["draft", "submit", "skip", "hold", "save", "undo"]
    samples = make_situations([each] * (1 + len(posts)), dataset, member.user)
    sent = {f"v-{grade.pk}": "5", f"operation-{grade.pk}": uuid.uuid4(), f"rev-{grade.pk}": 0}

    page = client.get(at("sample", samples[0]))
    answers = {
        name: client.post(at(name, sample), sent)
        for name, sample in zip(posts, samples[1:], strict=True)
    }

    assert ('<fieldset class="bare" disabled>' not in page.text) == is_open
    assert page.context["can_undo"] == (each.can_undo and not is_open)
    taken = {name: answer.status_code in {200, 302} for name, answer in answers.items()}
    assert taken == {
        "draft": is_open,
        "submit": is_open,
        "skip": is_open,
        "hold": is_open,
        "save": is_open,
        "undo": each.can_undo,
    }
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 404, 409}
    states = {name: state_of(sample) for name, sample in zip(posts, samples[1:], strict=True)}
    if is_open:
        assert states["submit"] == ("submitted" if review_percent else "approved")
        assert states["skip"] == "skipped"
        assert "after=" in answers["submit"].headers["Location"]  # to undo it
    if each.can_undo:
        assert states["undo"] == "unlabeled"


def at(name, *args):
    return reverse(f"annotation:{name}", args=[arg.pk for arg in args])


def state_of(sample):
    sample.refresh_from_db()
    return sample.state


def approved_then_illegal(*, review_percent=0):
    """(sample, its author): accepted without review, then a narrower limit forbids its value."""
    member = make_member()
    dataset = make_dataset(workspace=member.workspace, review_percent=review_percent)
    grade = make_variable(dataset=dataset, name="grade", required=True, max_value=10)
    sample = make_sample(dataset=dataset)
    submit(open_answer(sample, by=member.user), {grade: 9}, by=member.user)
    change_variable(grade, by=None, max_value=5)
    sample.refresh_from_db()
    return sample, member


def test_a_value_that_a_new_limit_forbids_is_labelled_again_by_its_author(client):
    sample, member = approved_then_illegal()
    grade = sample.dataset.variables.get()
    client.force_login(member.user)

    badge, queue = to_label(member, figures(member)), next_sample(member, sample.dataset)
    before = progress(member, sample.dataset)
    page = client.get(at("sample", sample))
    key = grade.pk
    typed = {f"v-{key}": "4", f"rev-{key}": 1, f"operation-{key}": uuid.uuid4()}
    saved = client.post(at("save", sample), typed)
    draft = Answer.objects.get()
    submitted = client.post(at("submit", sample), {f"v-{grade.pk}": "4", f"rev-{grade.pk}": 2})

    assert (badge, queue, before.done, before.left) == (1, sample, 0, 1)
    assert 'value="9' in page.text
    assert (saved.status_code, draft.state, draft.submitted_at) == (200, "draft", None)
    assert submitted.status_code == 302
    assert (VariableValue.objects.get().value, state_of(sample)) == (4.0, "approved")
    assert to_label(member, figures(member)) == 0


def test_a_value_that_a_new_limit_forbids_is_labelled_again_by_anybody(client):
    sample, author = approved_then_illegal()
    member = make_member(workspace=author.workspace)
    client.force_login(member.user)
    grade = sample.dataset.variables.get()

    assert next_sample(member, sample.dataset) == sample
    response = client.post(at("submit", sample), {f"v-{grade.pk}": "3", f"rev-{grade.pk}": 0})

    assert response.status_code == 302
    assert VariableValue.objects.get().value == 3.0
    assert all(to_label(each, figures(each)) == 0 for each in (author, member))


def test_a_refused_form_reopens_nothing(client):
    sample, member = approved_then_illegal()
    grade = sample.dataset.variables.get()
    client.force_login(member.user)

    response = client.post(at("submit", sample), {f"v-{grade.pk}": "9", f"rev-{grade.pk}": 1})

    assert response.status_code == 422
    assert Answer.objects.get().state == Answer.State.APPROVED


def test_undoing_a_skip_leaves_alone_what_somebody_else_has_submitted_since():
    member = make_member()
    dataset = make_dataset(workspace=member.workspace)
    sample, other = make_sample(dataset=dataset), make_user()
    skipped = open_answer(sample, by=member.user)
    skip(skipped, reason="Blurred", by=member.user)
    submit(open_answer(Sample.objects.get(), by=other), {}, by=other)
    skipped.refresh_from_db()

    with pytest.raises(WrongState):
        undo_submit(skipped, by=member.user)

    assert state_of(sample) == "submitted"


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_of_two_who_label_a_sample_again_at_once_one_is_refused():
    sample, member = approved_then_illegal(review_percent=0)
    people = [member.user, make_user()]
    barrier, outcomes, winners = threading.Barrier(2), [], []

    def label(user, value):
        try:
            mine = Sample.objects.select_related("dataset").get()
            grade = mine.dataset.variables.get()
            barrier.wait()
            submit(open_answer(mine, by=user), {grade: value}, by=user)
            winners.append(value)
            outcomes.append("done")
        except WrongState:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=label, args=(user, value))
        for value, user in enumerate(people, start=1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]
    assert state_of(sample) == "approved"
    assert VariableValue.objects.get().value == winners[0]
