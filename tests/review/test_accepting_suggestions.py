"""Many suggestions at once: found in the gallery, previewed, accepted in a job, taken back whole."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.datasets.actions import set_value
from annotator.datasets.models import Sample, VariableValue
from annotator.push.models import Delivery
from annotator.review import actions, jobs
from annotator.review.actions import approve
from annotator.review.models import Acceptance
from annotator.suggestions.models import Suggestion
from tests.factories import make_member, make_sample, make_variable
from tests.push.rows import Pair
from tests.suggestions.rows import make_graded, make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
CONFIDENT = [1.0, 0.96, 0.95, 0.5, None]


@pytest.fixture
def graded():
    """(reviewer, dataset, samples, variable): a suggestion of each confidence."""
    member, dataset, samples, grade = make_graded(samples=len(CONFIDENT))
    for number, (sample, confidence) in enumerate(zip(samples, CONFIDENT, strict=True)):
        suggest(sample, grade, number, confidence=confidence)
    return member, dataset, samples, grade


def query(dataset, *, minimum="0.95", name="grade"):
    source = make_source(dataset.workspace)
    return f"s.{name}={source.pk}&s.{name}.min={minimum}"


def accept(graded, mode, **changes):
    member, dataset, *_ = graded
    acceptance = actions.accept_many(
        dataset, filter=query(dataset, **changes), mode=mode, by=member.user
    )
    jobs.accept(str(acceptance.pk))
    acceptance.refresh_from_db()
    return acceptance


def undo(acceptance, by):
    actions.undo_acceptance(acceptance, by=by)
    jobs.accept(str(acceptance.pk))
    acceptance.refresh_from_db()
    return acceptance


def states():
    return list(Sample.objects.order_by("created_at").values_list("state", flat=True))


@pytest.fixture
def listed(client, graded):
    """What the gallery lists, by the places of the samples."""
    member, dataset, samples, _ = graded
    client.force_login(member.user)
    places = {sample.pk: place for place, sample in enumerate(samples)}

    def listed(filter):
        page = client.get(f"{reverse('datasets:gallery', args=[dataset.pk])}?{filter}")
        return [places[card.sample.pk] for card in page.context["cards"]], page

    return listed


@pytest.mark.parametrize("most_listed", [100_000, 0])  # read as a list, asked of each sample
def test_the_gallery_finds_samples_by_source_and_confidence(
    graded, listed, monkeypatch, most_listed
):
    monkeypatch.setattr("annotator.suggestions.gallery.MOST_LISTED", most_listed)
    monkeypatch.setattr("annotator.datasets.views.gallery.FREQUENT", 0)
    _, dataset, *_ = graded

    found, page = listed(query(dataset))

    assert found == [0, 1, 2]
    assert "Suggestion of grader 1 for grade, confidence at least 0.95" in page.text
    assert reverse("review:accept", args=[dataset.pk]) in page.text
    assert listed("s.grade=any&s.grade.max=0.6")[0] == [3]
    assert listed(f"{query(dataset)}&order=newest")[0] == [2, 1, 0]


@pytest.mark.parametrize("frequent", [0, 1_000])
def test_by_confidence_the_surest_come_first_or_the_least_sure_else_as_they_came(
    graded, listed, monkeypatch, frequent
):
    monkeypatch.setattr("annotator.datasets.views.gallery.FREQUENT", frequent)
    _, dataset, *_ = graded
    one = f"s.grade={make_source(dataset.workspace).pk}"

    surest, page = listed(f"{one}&s.grade.min=0.5")

    assert surest == [0, 1, 2, 3]
    assert page.context["matches"] == 4
    assert [words for _, words in page.context["orders"]] == [
        "Most confident first",
        "Newest first",
        "Oldest first",
    ]
    assert listed(f"{one}&s.grade.max=0.96")[0] == [3, 2, 1]
    assert listed(f"{one}&s.grade.min=0.5&order=newest")[0] == [3, 2, 1, 0]
    assert listed(f"{one}&s.grade.min=0.5&order=oldest")[0] == [0, 1, 2, 3]
    assert listed(one)[0] == [4, 3, 2, 1, 0], "one has no confidence"
    assert listed("s.grade=any&s.grade.min=0.96")[0] == [1, 0]


def test_pages_by_confidence_follow_each_other_where_some_are_equally_sure(
    graded, listed, monkeypatch
):
    monkeypatch.setattr("annotator.datasets.views.gallery.PAGE_SIZE", 2)
    _, dataset, samples, grade = graded
    suggest(samples[3], grade, 1, confidence=0.95)
    suggest(samples[3], grade, 1, confidence=0.95, source=make_source(dataset.workspace, name="b"))

    first, page = listed(query(dataset))
    second, last = listed(page.context["pager"]["next_query"].removeprefix("?"))
    again, _ = listed(last.context["pager"]["previous_query"].removeprefix("?"))

    assert (first, sorted(second), again) == ([0, 1], [2, 3], [0, 1])
    assert last.context["pager"]["next_query"] == ""
    assert listed(f"{query(dataset)}&state=approved")[0] == []


def test_a_closed_suggestion_and_a_removed_sample_are_not_listed(graded, listed):
    _, dataset, samples, _ = graded
    Suggestion.objects.filter(sample=samples[0]).update(closed_at=timezone.now())
    Sample.objects.filter(pk=samples[1].pk).update(removed_at=timezone.now())

    found, page = listed(query(dataset))

    assert (found, page.context["matches"]) == ([2], 1)


def test_a_page_by_confidence_asks_no_more_than_one_by_another_filter(graded, listed):
    _, dataset, samples, grade = graded
    set_value(samples[0], grade, 9, origin="typed", by=None)
    filters = ["v.grade.min=1&open=grade", f"{query(dataset)}&open=grade"]
    numbers = []

    for filter in filters:
        listed(filter)
        with CaptureQueriesContext(connection) as captured:
            _, page = listed(filter)
        numbers.append(len(captured))

    missing = next(each for each in page.context["facets"] if each.title == "grade").links[-1]
    assert (missing.words, missing.count) == ("Missing", "2")
    assert numbers[1] == numbers[0] + 1, "the source is looked up"


@pytest.mark.parametrize(
    "wrong", ["s.grade=0", "s.grade=x", "s.nothing=any", "s.grade=any&s.grade.min=2"]
)
def test_a_filter_that_makes_no_sense_finds_nothing_and_says_why(client, graded, wrong):
    member, dataset, *_ = graded
    client.force_login(member.user)

    page = client.get(f"{reverse('datasets:gallery', args=[dataset.pk])}?{wrong}")

    assert page.context["cards"] == []
    assert len(page.context["filter"].problems) == 1


def test_a_source_of_another_workspace_is_as_unknown_as_none(client, graded):
    member, dataset, *_ = graded
    client.force_login(member.user)
    theirs = make_source(make_sample().dataset.workspace)

    page = client.get(f"{reverse('datasets:gallery', args=[dataset.pk])}?s.grade={theirs.pk}")

    assert page.context["filter"].problems


def test_the_preview_counts_and_shows_examples_with_a_fixed_number_of_queries(client, graded):
    member, dataset, _, grade = graded
    client.force_login(member.user)
    address = f"{reverse('review:accept', args=[dataset.pk])}?{query(dataset)}"
    client.get(address)
    counts = []
    for more in (0, 10):
        for _ in range(more):
            suggest(make_sample(dataset=dataset), grade, 5, confidence=1)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        counts.append(len(captured))

    assert page.context["preview"].samples == 13
    assert counts[0] == counts[1]


def test_accepted_at_once_they_are_values_and_one_undo_takes_all_back(graded):
    member, _, samples, _ = graded

    acceptance = accept(graded, "accepted")

    values = dict(VariableValue.objects.values_list("sample", "value"))
    assert values == {sample.pk: float(number) for number, sample in enumerate(samples[:3])}
    assert set(VariableValue.objects.values_list("origin", "set_by")) == {
        ("suggested", member.user.pk)
    }
    assert states() == ["approved"] * 3 + ["unlabeled"] * 2
    assert (acceptance.state, acceptance.total, acceptance.accepted) == ("done", 3, 3)

    undo(acceptance, member.user)

    assert (acceptance.state, acceptance.undone, acceptance.kept) == ("undone", 3, 0)
    assert not VariableValue.objects.filter(is_set=True).exists()
    assert states() == ["unlabeled"] * 5
    assert Suggestion.objects.open().count() == 5


def test_for_review_they_are_answers_and_what_was_reviewed_since_stays(graded):
    member, *_ = graded

    acceptance = accept(graded, "review")

    answers = Answer.objects.order_by("sample__created_at")
    assert not VariableValue.objects.exists()
    assert states() == ["submitted"] * 3 + ["unlabeled"] * 2
    assert {value.origin for answer in answers for value in answer.values.all()} == {"suggested"}
    assert {answer.author for answer in answers} == {member.user}

    other = make_member(Role.REVIEWER, workspace=member.workspace)
    approve(answers[0], by=other.user, seen_rev=answers[0].rev)
    undo(acceptance, member.user)

    assert (acceptance.undone, acceptance.kept) == (2, 1)
    assert states() == ["approved"] + ["unlabeled"] * 4
    assert not Sample.objects.exclude(lease_holder=None).exists()


def test_what_has_a_value_or_is_open_with_somebody_else_stays_as_it_is(graded):
    member, dataset, samples, grade = graded
    note = make_variable(dataset=dataset, name="note", type="string", required=True)
    other = make_member(Role.ANNOTATOR, workspace=member.workspace)
    set_value(samples[0], grade, 9, origin="typed", by=other.user)
    samples[1].refresh_from_db()
    samples[1].lease_to(other.user)

    acceptance = accept(graded, "accepted")

    values = dict(VariableValue.objects.values_list("sample", "value"))
    assert values == {samples[0].pk: 9.0, samples[2].pk: 2.0}
    assert (acceptance.total, acceptance.accepted) == (2, 1)
    assert states() == ["unlabeled"] * 5, note  # the note is missing


def test_a_value_that_was_changed_since_stays_when_all_is_undone(graded):
    member, _, samples, grade = graded
    acceptance = accept(graded, "accepted")
    set_value(samples[0], grade, 6, origin="typed", by=None)

    undo(acceptance, member.user)

    assert (acceptance.undone, acceptance.kept) == (2, 1)
    assert VariableValue.objects.get(is_set=True).value == 6.0


def test_of_a_mirrored_dataset_accepted_values_are_delivered(fault_remote):
    pair = Pair(fault_remote)
    member = make_member(Role.ADMIN, workspace=pair.dataset.workspace)
    suggest(pair.sample, pair.variable, 8, confidence=1)

    acceptance = actions.accept_many(
        pair.dataset, filter=query(pair.dataset), mode="accepted", by=member.user
    )
    jobs.accept(str(acceptance.pk))

    assert Delivery.objects.count() == 1


def test_a_lost_worker_is_followed_by_one_that_goes_on(graded, monkeypatch):
    member, dataset, *_ = graded
    monkeypatch.setattr("annotator.review.actions.accepting.CHUNK", 2)
    acceptance = actions.accept_many(
        dataset, filter=query(dataset, minimum="0"), mode="accepted", by=member.user
    )
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", -1)
    jobs.accept(str(acceptance.pk))
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 20)

    jobs.accept(str(acceptance.pk))
    jobs.accept(str(acceptance.pk))

    acceptance.refresh_from_db()
    assert (acceptance.state, acceptance.accepted, acceptance.done) == ("done", 4, 4)


def test_an_annotator_accepts_for_review_alone(client, graded, queued_jobs):
    member, dataset, *_ = graded
    annotator = make_member(Role.ANNOTATOR, workspace=member.workspace)
    client.force_login(annotator.user)
    address = f"{reverse('review:accept', args=[dataset.pk])}?{query(dataset)}"

    refused = client.post(address, {"mode": "accepted"})
    answer = client.post(address, {"mode": "review"})

    acceptance = Acceptance.objects.get()
    assert refused.status_code == 403
    assert (answer.status_code, answer.url) == (
        302,
        reverse("review:acceptance", args=[acceptance.pk]),
    )
    client.force_login(make_member(Role.ADMIN).user)
    assert client.get(answer.url).status_code == 404
    assert client.post(reverse("review:undo_acceptance", args=[acceptance.pk])).status_code == 404


def test_without_a_filter_by_one_source_nothing_is_accepted(client, graded):
    member, dataset, *_ = graded
    client.force_login(member.user)

    for wrong in ("", "s.grade=any", "s.grade=x", query(dataset, minimum="1") + "&q=nowhere"):
        address = f"{reverse('review:accept', args=[dataset.pk])}?{wrong}"
        assert client.post(address, {"mode": "review"}).status_code == 422
        assert client.get(address).status_code == 200
    assert client.post(f"{address}", {"mode": "x"}).status_code == 422


def test_it_is_undone_once_and_by_whom_it_concerns(client, graded):
    member, *_ = graded
    acceptance = accept(graded, "review")
    address = reverse("review:undo_acceptance", args=[acceptance.pk])
    stranger = make_member(Role.ANNOTATOR, workspace=member.workspace)

    client.force_login(stranger.user)
    refused = client.post(address)
    client.force_login(member.user)
    client.post(address)
    client.post(address)

    acceptance.refresh_from_db()
    assert refused.status_code == 403
    assert acceptance.state == "undoing"
