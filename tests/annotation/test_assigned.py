"""What is assigned to somebody: theirs first, nobody else's, free again when they are done with it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import (
    claim_next,
    compare_complete,
    next_sample,
    open_answer,
    skip,
)
from annotator.annotation.models import Answer
from annotator.annotation.queries import figures, progress
from annotator.datasets.models import Sample
from annotator.datasets.models.dataset import today
from tests.annotation.several import give, make_shared, people, states
from tests.factories import make_dataset, make_member, make_sample, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_workspace())


def assign(samples, *members, days=None):
    """An assignment of these samples, due in so many days."""
    due_on = None if days is None else today() + timedelta(days=days)
    assignment = samples[0].dataset.assignments.create(due_on=due_on)
    assignment.people.set([member.user for member in members])
    Sample.objects.filter(pk__in=[each.pk for each in samples]).update(assignment=assignment)
    return assignment


def in_turn(member, dataset):
    """All samples that the person gets one after the other, by a page and by links."""
    given, linked = [], []
    while pk := claim_next(member, dataset, exclude_ids=given):
        given.append(pk)
    Sample.objects.update(lease_holder=None, leased_until=None)
    while sample := next_sample(member, dataset, exclude_ids=linked, hold=False):
        linked.append(sample.pk)
    assert given == linked
    return [Sample.objects.get(pk=pk) for pk in given]


@pytest.mark.both_databases
def test_what_is_assigned_to_me_comes_first_and_the_first_due_of_it_then_what_is_free(dataset):
    ada, ben = people(dataset, 2)
    free, later, undated, undated_too, soon, bens, draft, as_soon = (
        make_sample(dataset=dataset) for _ in range(8)
    )
    assign([as_soon], ada, days=2)
    assign([later], ada, days=9)
    assign([undated_too, undated], ada)
    assign([soon], ada, ben, days=2)
    assign([bens], ben, days=1)
    open_answer(draft, by=ada.user)

    # Of one day what was assigned first; of one assignment the oldest sample.
    assert in_turn(ada, dataset) == [draft, as_soon, soon, later, undated, undated_too, free]
    mine = figures(ada)[dataset.pk]
    assert (mine.assigned, mine.due_on) == (5, today() + timedelta(days=2))
    assert mine.fresh == progress(ada, dataset).left == 7
    assert figures(ben)[dataset.pk].fresh == 4


def test_my_draft_of_a_sample_that_was_assigned_to_another_is_kept_and_closed(client, dataset):
    ada, ben = people(dataset, 2)
    rita = make_member(Role.REVIEWER, workspace=dataset.workspace)
    sample = make_sample(dataset=dataset)
    open_answer(sample, by=ada.user)
    assign([sample], ben)
    url = reverse("annotation:sample", args=[sample.pk])

    client.force_login(ada.user)
    closed = client.get(url)
    client.force_login(rita.user)
    opened = client.get(url)

    assert in_turn(ada, dataset) == []
    assert in_turn(ben, dataset) == [sample]
    assert f"This sample is assigned to {ben.user.display_name}." in closed.text
    assert opened.context["closed"] == "", "who assigns may open it"
    assert Answer.objects.get().author == ada.user


def test_a_sample_that_its_person_skips_is_free_for_all_when_it_is_put_back(dataset):
    ada, ben = people(dataset, 2)
    sample = make_sample(dataset=dataset)
    assign([sample], ada)

    skip(open_answer(Sample.objects.get(), by=ada.user), reason="Blurred", by=ada.user)
    Sample.objects.get().move(to="unlabeled", only_from=["skipped"])

    assert in_turn(ada, dataset) == []
    assert in_turn(ben, dataset) == [sample]


def test_of_several_people_those_named_are_asked_and_then_anybody_until_enough_have_answered():
    dataset, _ = make_shared(answers_per_sample=3)
    ada, ben, cleo, dan = people(dataset, 4)
    sample = make_sample(dataset=dataset)
    assign([sample], ada, ben)

    assert in_turn(cleo, dataset) == []
    give(sample, ada, 1)
    assert in_turn(cleo, dataset) == in_turn(ada, dataset) == []
    assert (figures(ada)[dataset.pk].assigned, figures(ben)[dataset.pk].assigned) == (0, 1)
    give(sample, ben, 1)

    assert in_turn(cleo, dataset) == in_turn(dan, dataset) == [sample]
    give(sample, cleo, 1)
    assert states(sample)[0] == "submitted"


def test_where_fewer_are_asked_than_are_named_it_is_compared_with_those_that_are_there():
    dataset, _ = make_shared(answers_per_sample=3)
    ada, ben, cleo = people(dataset, 3)
    sample = make_sample(dataset=dataset)
    assign([sample], ada, ben, cleo)
    give(sample, ada, 1)
    give(sample, ben, 1)

    dataset.answers_per_sample = 2
    dataset.save()
    compare_complete(dataset)

    assert states(sample)[0] == "submitted"
    assert figures(cleo)[dataset.pk].fresh == 0
