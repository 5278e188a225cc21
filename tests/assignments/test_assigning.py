"""Samples are assigned to people: shared out, handed over, taken back, found in the gallery."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.annotation.actions import claim_next, open_answer, skip, submit
from annotator.annotation.queries import figures
from annotator.assignments import actions, jobs
from annotator.assignments.models import Distribution
from annotator.datasets.models import Assignment, Sample
from annotator.datasets.models.dataset import today
from annotator.notifications.models import Notification
from tests.annotation.several import give, make_shared
from tests.annotation.test_queue import together
from tests.datasets.galleries import names_of
from tests.factories import make_dataset, make_member, make_sample, make_user, make_workspace

pytestmark = pytest.mark.django_db
FRIDAY = today() + timedelta(days=3)


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_workspace())


@pytest.fixture
def reviewer(client, dataset):
    client.force_login(make_member(Role.REVIEWER, workspace=dataset.workspace).user)
    return client


@pytest.fixture
def people(dataset):
    names = ["ada", "ben", "cleo"]
    return [make_member(workspace=dataset.workspace, user=make_user(username=n)) for n in names]


def at(name, row):
    return reverse(f"assignments:{name}", args=[row.pk])


def assign(client, dataset, weights, **sent):
    """Post the form for all of the dataset, by {member: weight}; the Distribution, done."""
    chosen = {f"person-{each.user.pk}": "on" for each in weights}
    weighted = {f"weight-{each.user.pk}": weight for each, weight in weights.items()}
    fields = {"verb": "assign", **chosen, **weighted, **sent}
    if "sample" not in sent:
        fields.setdefault("all", "assign")
    response = client.post(at("assign", dataset), fields)
    assert response.status_code == 302, response.context["form"].errors
    row = Distribution.objects.latest("created_at")
    jobs.distribute(str(row.pk))  # what is more than a page waits for
    row.refresh_from_db()
    return row


def shares(dataset):
    """{names: samples} of what is assigned, None for what is free."""
    samples = dataset.samples.select_related("assignment").prefetch_related("assignment__people")
    return Counter(each.assignment and each.assignment.names for each in samples)


@pytest.mark.both_databases
def test_all_in_a_filter_is_shared_out_by_weight_up_to_a_limit_and_found_again(
    reviewer, dataset, people
):
    ada, ben, cleo = people
    for number in range(12):
        make_sample(dataset=dataset, name=f"fox {number}")
    make_sample(dataset=dataset, name="bear")
    make_sample(dataset=dataset, name="fox done", state="approved")
    held = make_sample(dataset=dataset, name="fox held")
    held.lease_to(cleo.user)

    asked = reviewer.post(at("assign", dataset), {"all": "assign", "filter": "q=fox"})
    row = assign(
        reviewer, dataset, {ada: 2, ben: 1}, filter="q=fox", most_each=7, due_on=str(FRIDAY)
    )
    page = reviewer.get(at("distribution", row))

    assert (asked.status_code, asked.context["count"]) == (422, 13)
    assert (row.state, row.total, row.assigned, row.left_out) == ("done", 13, 12, 1)
    given = shares(dataset)
    assert given in [{"ada": 7, "ben": 5, None: 3}, {"ada": 6, "ben": 6, None: 3}], "one was held"
    assert "open somewhere" in page.text
    told = Notification.objects.values_list("recipient__username", "kind")
    assert sorted(told) == [("ada", "assigned"), ("ben", "assigned")]
    assert len(names_of(reviewer, dataset, assigned=ada.user.pk)) == given["ada"]
    gallery = reviewer.get(reverse("datasets:gallery", args=[dataset.pk]) + "?assigned=nobody")
    [facet] = [each for each in gallery.context["facets"] if each.title == "Assigned to"]
    assert {line.words: line.count for line in facet.links} == {
        "ada": str(given["ada"]),
        "ben": str(given["ben"]),
        "Nobody": "3",
    }
    assert names_of(reviewer, dataset, assigned="overdue") == []
    Assignment.objects.update(due_on=today() - timedelta(days=1))
    assert len(names_of(reviewer, dataset, assigned="overdue", q="fox")) == 12
    assert "Overdue" in reviewer.get(at("overview", dataset)).text


def test_the_picked_ones_are_taken_back_and_a_group_stays_together(reviewer, dataset, people):
    ada, ben, _ = people
    for number in range(12):
        shop = {"shop": f"shop {number % 3}"}
        make_sample(dataset=dataset, name=f"card{number // 2}_{number}", input_meta_data=shop)

    assign(reviewer, dataset, {ada: 1, ben: 1}, grouping="name")
    by_card = {}
    for sample in dataset.samples.all():
        by_card.setdefault(sample.name.split("_")[0], set()).add(sample.assignment_id)
    picked = [str(each.pk) for each in dataset.samples.all()[:2]]
    reviewer.post(at("assign", dataset), {"verb": "take_back", "sample": picked})
    free = shares(dataset)[None]
    assign(reviewer, dataset, {ada: 1, ben: 1}, grouping="meta:shop", includes_assigned="on")
    by_shop = {}
    for sample in dataset.samples.all():
        by_shop.setdefault(sample.input_meta_data["shop"], set()).add(sample.assignment_id)

    assert {len(each) for each in by_card.values()} == {1}
    assert free == 2
    assert {len(each) for each in by_shop.values()} == {1}
    assert set(shares(dataset)) == {"ada", "ben"}


def test_as_many_are_named_as_are_asked_and_none_who_has_answered():
    dataset, _ = make_shared(answers_per_sample=2)
    people = [make_member(workspace=dataset.workspace) for _ in range(4)]
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    samples = [make_sample(dataset=dataset) for _ in range(4)]
    give(samples[0], people[0], 3)

    shared = [[each.user.pk, 1] for each in people]
    row = actions.start_distribution(dataset, by=admin.user, shares=shared, sample_ids=None)
    jobs.distribute(str(row.pk))

    named = {each: set(each.assignment.people.all()) for each in dataset.samples.all()}
    assert [len(named[each]) for each in samples] == [1, 2, 2, 2]
    assert people[0].user not in named[samples[0]]
    given = Counter(person for each in named.values() for person in each)
    assert max(given.values()) - min(given.values()) <= 1


def test_an_assignment_is_handed_over_and_taken_back_but_for_what_is_open_or_done(
    reviewer, dataset, people
):
    ada, ben, _ = people
    samples = [make_sample(dataset=dataset) for _ in range(4)]
    assign(reviewer, dataset, {ada: 1}, due_on=str(FRIDAY))
    claim_next(ada, dataset)  # the first is open
    submit(open_answer(samples[1], by=ada.user), {}, by=ada.user)
    [theirs] = dataset.assignments.all()

    page = reviewer.get(at("overview", dataset))
    reviewer.post(at("change", theirs), {"person": ben.user.pk, "due_on": str(FRIDAY)})
    handed = shares(dataset)
    bens = dataset.assignments.exclude(pk=theirs.pk).get()
    later = reviewer.post(at("change", bens), {"due_on": str(today() - timedelta(days=1))})
    reviewer.post(at("change", bens), {"verb": "take_back"})

    assert [row.lease_holder for row in page.context["open_samples"]] == [ada.user]
    assert handed == {"ada": 2, "ben": 2}
    assert (bens.due_on, later.status_code) == (FRIDAY, 400)
    assert shares(dataset) == {"ada": 2, None: 2}
    assert not Assignment.objects.filter(pk=bens.pk).exists()
    assert figures(ben)[dataset.pk].fresh == 2


def test_who_has_skipped_a_sample_is_not_asked_for_it_again(reviewer, dataset, people):
    ada, ben, _ = people
    sample = make_sample(dataset=dataset)
    skip(open_answer(sample, by=ada.user), reason="Blurred", by=ada.user)
    Sample.objects.update(state="unlabeled")

    assign(reviewer, dataset, {ada: 1, ben: 1})

    assert shares(dataset) == {"ben": 1}


def test_annotators_and_outsiders_assign_nothing_and_nonsense_is_refused_in_words(
    client, reviewer, dataset, people
):
    ada, *_ = people
    make_sample(dataset=dataset)
    fields = {"verb": "assign", "all": "assign"}

    nobody = reviewer.post(at("assign", dataset), fields)
    late = reviewer.post(
        at("assign", dataset), {**fields, f"person-{ada.user.pk}": "on", "due_on": "2020-01-01"}
    )
    nothing = reviewer.post(at("assign", dataset), {"verb": "take_back", "all": "assign"})
    client.force_login(ada.user)
    forbidden = [client.get(at("overview", dataset)), client.post(at("assign", dataset), fields)]
    client.force_login(make_member(Role.ADMIN).user)
    unknown = [client.get(at("overview", dataset)), client.post(at("assign", dataset), fields)]

    assert "Choose at least one person." in nobody.text
    assert "This day is over" in late.text
    assert "None of these samples can be taken back" in nothing.text
    assert [each.status_code for each in [nobody, late, nothing]] == [422] * 3
    assert {each.status_code for each in forbidden} == {403}
    assert {each.status_code for each in unknown} == {404}
    assert shares(dataset) == {None: 1}


def test_a_second_worker_goes_on_where_the_first_was_lost(dataset, people, monkeypatch):
    ada, ben, _ = people
    monkeypatch.setattr(actions.distributing, "CHUNK", 4)
    for _ in range(10):
        make_sample(dataset=dataset)
    shared = [[each.user.pk, 1] for each in (ada, ben)]
    row = actions.start_distribution(dataset, by=ada.user, shares=shared, sample_ids=None)
    row.lease_id = Distribution.objects.filter(pk=row.pk).take()
    clock = iter([0, 0, 99, 99])
    monkeypatch.setattr(actions.distributing.time, "monotonic", lambda: next(clock))
    assert actions.distribute_some(row, seconds=1)  # one chunk
    monkeypatch.undo()
    Distribution.objects.update(leased_until=timezone.now())

    jobs.distribute(str(row.pk))
    jobs.distribute(str(row.pk))

    row.refresh_from_db()
    assert (row.state, row.done, row.assigned, row.losses) == ("done", 10, 10, 0)
    assert shares(dataset) == {"ada": 5, "ben": 5}


def test_more_assignments_and_open_samples_cost_no_more_queries(
    reviewer, dataset, people, django_assert_num_queries
):
    def fill():
        for member in people:
            assignment = dataset.assignments.create(due_on=FRIDAY)
            assignment.people.set([member.user])
            make_sample(dataset=dataset, assignment=assignment).lease_to(member.user)

    fill()
    urls = [at("overview", dataset), reverse("datasets:gallery", args=[dataset.pk])]
    few = []
    for url in urls:
        with django_assert_num_queries(100, exact=False) as counted:
            reviewer.get(url)
        few.append(len(counted))
    fill()
    for url, number in zip(urls, few, strict=True):
        with django_assert_num_queries(number):
            reviewer.get(url)
    assert few[1] <= 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_what_is_assigned_at_the_moment_of_a_claim_is_never_somebody_elses(dataset):
    ada, *others = (make_member(workspace=dataset.workspace) for _ in range(8))
    Sample.objects.bulk_create(Sample(dataset=dataset) for _ in range(60))
    row = actions.start_distribution(dataset, by=ada.user, shares=[[ada.user.pk, 1]])
    claimed = set()  # by the others: at any time, what one of them holds is passed over

    def work(member):
        if member.pk == ada.pk:
            jobs.distribute(str(row.pk))
        for _ in range(5):
            sample_id = claim_next(member, dataset)
            if member.pk != ada.pk:
                claimed.add(sample_id)

    together([ada, *others], work)

    held = dataset.samples.exclude(lease_holder=None)
    assert held.exists()
    for sample in held:
        assert (sample.assignment is None) == (sample.lease_holder_id != ada.user_id)
    left = dataset.samples.filter(assignment=None)
    assert claimed.issuperset(left.values_list("pk", flat=True))
