"""The page that says how far people agree, the samples behind its figures, and its file."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.anonymity import delete_account
from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.figures.agreement import agreement_of, pairs_of
from annotator.figures.given import given_in
from annotator.figures.jobs import make_report
from annotator.figures.report import make_report as make_report_now
from annotator.review.actions import approve
from tests.agreement.test_alpha import PUBLISHED
from tests.factories import make_dataset, make_member, make_sample, make_variable, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_workspace(), answers_per_sample=4)
    make_variable(dataset=dataset, name="grade", type="integer", position=0)
    return dataset


@pytest.fixture
def reviewer(client, dataset):
    client.member = make_member(Role.REVIEWER, workspace=dataset.workspace)
    client.force_login(client.member.user)
    return client


def give(sample, member, **values):
    sample = Sample.objects.select_related("dataset").get(pk=sample.pk)
    variables = sample.dataset.variables.live()
    answer = open_answer(sample, by=member.user)
    return submit(answer, {v: values.get(v.name) for v in variables}, by=member.user)


def give_published(dataset):
    """The published table of four people and twelve units, missing values too."""
    people = [make_member(workspace=dataset.workspace) for _ in PUBLISHED]
    make_member(workspace=dataset.workspace)  # somebody is left to ask
    for column in zip(*(row.split() for row in PUBLISHED), strict=True):
        sample = make_sample(dataset=dataset)
        for member, value in zip(people, column, strict=True):
            if value != ".":
                give(sample, member, grade=int(value))
    return people


def page_of(dataset, name="agreement", *args):
    return reverse(f"figures:{name}", args=[dataset.pk, *(each.pk for each in args)])


def test_the_published_example_comes_out_of_what_people_submitted(dataset):
    give_published(dataset)

    [grade] = agreement_of(given_in(dataset), dataset.variables.all())

    alpha = grade.figures[0]
    assert (grade.name, alpha.measure.name) == ("grade", "Alpha, ordinal")
    assert alpha.estimate.value == pytest.approx(0.8154, abs=5e-5)
    assert alpha.estimate.units == 11
    assert alpha.estimate.low < 0.7
    assert [units for _, units, _ in grade.weeks] == [11]


def test_each_pair_has_its_samples_its_share_and_its_bias(dataset):
    first, second = (make_member(workspace=dataset.workspace) for _ in range(2))
    for one, other in ((7, 8), (5, 6), (9, 9)):
        sample = make_sample(dataset=dataset)
        give(sample, first, grade=one)
        give(sample, second, grade=other)

    [pair] = pairs_of(given_in(dataset), dataset.variables.get())

    figures = {each.measure.name: each.text for each in pair.figures}
    assert (pair.units, pair.bias) == (3, pytest.approx(-2 / 3))
    assert (figures["Same value"], figures["Within one step"]) == ("33 %", "100 %")


def test_the_page_shows_figures_pairs_and_the_way_to_the_samples(reviewer, dataset):
    people = give_published(dataset)
    grade = dataset.variables.get()

    page = reviewer.get(page_of(dataset))

    assert "0.82" in page.text
    assert "12 samples that several people answered" not in page.text
    assert "11 samples that several people answered" in page.text
    assert page_of(dataset, "agreement_samples", grade) in page.text
    assert people[0].user.display_name in page.text


def test_the_samples_behind_a_figure_are_one_click_away(reviewer, dataset):
    people = give_published(dataset)
    grade = dataset.variables.get()
    url = page_of(dataset, "agreement_samples", grade)

    differing, same = reviewer.get(url), reviewer.get(f"{url}?show=same")
    pair = reviewer.get(f"{url}?people={people[0].user_id}-{people[1].user_id}")

    assert len(differing.context["rows"]) == 3
    assert len(same.context["rows"]) == 8
    assert len(pair.context["rows"]) == 1
    assert people[0].user.display_name in pair.text


def test_the_file_has_every_figure_with_its_interval(reviewer, dataset):
    give_published(dataset)

    response = reviewer.get(page_of(dataset, "agreement_csv"))

    rows = list(csv.reader(response.getvalue().decode().splitlines()))
    assert rows[0] == ["variable", "measure", "value", "low", "high", "samples"]
    assert rows[1][:3] == ["grade", "Alpha, ordinal", "0.8154"]
    assert [row[1] for row in rows[2:]] == ["Same value", "Within one step", "Mean difference"]


def test_what_a_reviewer_changed_counts_as_it_was_submitted(dataset):
    dataset.answers_per_sample = 2
    dataset.save()
    make_member(workspace=dataset.workspace)
    first, second = (make_member(workspace=dataset.workspace) for _ in range(2))
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)
    sample = make_sample(dataset=dataset)
    give(sample, first, grade=7)
    give(sample, second, grade=9)
    answer = Answer.objects.select_related("sample__dataset").get(state="submitted")
    grade = dataset.variables.get()
    approve(answer, by=reviewer.user, seen_rev=answer.rev, edits={grade: 9})

    [units] = [row for _, row in given_in(dataset).units(grade)]

    assert sorted(value for _, value in units) == [7, 9]


def test_who_is_far_ahead_of_the_others_does_not_crowd_out_what_two_answered(dataset, monkeypatch):
    monkeypatch.setattr("annotator.figures.given.MOST_SAMPLES", 2)
    first, second, _ = (make_member(workspace=dataset.workspace) for _ in range(3))
    samples = [make_sample(dataset=dataset) for _ in range(5)]
    give(samples[0], first, grade=7)
    give(samples[0], second, grade=9)
    for sample in samples[1:]:
        give(sample, first, grade=5)

    assert list(given_in(dataset).samples) == [samples[0].pk]


def test_the_name_of_a_deleted_account_is_kept_nowhere(reviewer, dataset):
    make_member(Role.ADMIN, workspace=dataset.workspace)
    first, *_ = give_published(dataset)
    name, samples = (
        first.user.display_name,
        page_of(dataset, "agreement_samples", dataset.variables.get()),
    )
    before = reviewer.get(page_of(dataset)).text + reviewer.get(samples).text
    delete_account(first.user, by=first.user)

    after = reviewer.get(page_of(dataset)).text + reviewer.get(samples).text

    assert name in before
    assert name not in after
    assert f"Deleted account {first.user_id}" in after


def test_an_object_is_shown_member_by_member(reviewer, dataset):
    schema = [{"name": "corner", "type": "integer"}, {"name": "text", "type": "string"}]
    make_variable(dataset=dataset, name="detail", type="object", item_schema=schema, position=1)
    first, second = (make_member(workspace=dataset.workspace) for _ in range(2))
    sample = make_sample(dataset=dataset)
    give(sample, first, grade=1, detail={"corner": 3, "text": "white"})
    give(sample, second, grade=1, detail={"corner": 4, "text": "white"})

    page = reviewer.get(page_of(dataset))

    assert "detail.corner" in page.text
    assert "detail.text" in page.text
    assert "no variation" in page.text
    assert "too few" in page.text


def test_without_a_second_answer_the_page_says_so(reviewer, dataset):
    assert "Nobody has answered the same sample yet" in reviewer.get(page_of(dataset)).text


def test_an_annotator_sees_none_of_it(client, dataset):
    client.force_login(make_member(workspace=dataset.workspace).user)
    grade = dataset.variables.get()

    for url in (
        page_of(dataset),
        page_of(dataset, "agreement_csv"),
        page_of(dataset, "agreement_samples", grade),
    ):
        assert client.get(url).status_code == 403
    assert "Agreement" not in client.get(reverse("datasets:gallery", args=[dataset.pk])).text


def test_more_samples_and_people_cost_no_more_queries(reviewer, dataset):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get(page_of(dataset)).status_code == 200
        return len(captured)

    first, second, third = (make_member(workspace=dataset.workspace) for _ in range(3))
    sample = make_sample(dataset=dataset)
    give(sample, first, grade=1)
    give(sample, second, grade=2)
    queries()
    few = queries()
    for grade in range(3):
        sample = make_sample(dataset=dataset)
        for member in (first, second, third):
            give(sample, member, grade=grade)
    queries()

    assert queries() == few


def test_what_takes_long_is_shown_as_of_when_it_was_made_until_a_job_has_made_it_anew(
    reviewer, dataset, queued_jobs, monkeypatch, django_capture_on_commit_callbacks
):
    def look():
        with django_capture_on_commit_callbacks(execute=True):
            return reviewer.get(page_of(dataset))

    monkeypatch.setattr("annotator.kept.AT_ONCE_SECONDS", 0)
    people = [make_member(workspace=dataset.workspace) for _ in range(3)]
    samples = [make_sample(dataset=dataset) for _ in range(2)]
    for member in people[:2]:
        give(samples[0], member, grade=1)
    first = look()
    for member in people[:2]:
        give(samples[1], member, grade=1)
    old, again = look(), look()
    make_report(str(dataset.pk))
    fresh = look()

    assert [page.context["number"] for page in (first, old, again, fresh)] == [1, 1, 1, 2]
    assert "newer answers are" not in first.text + fresh.text
    assert "newer answers are" in old.text
    assert queued_jobs == [("annotator.figures.jobs.make_report", (str(dataset.pk),))]


def test_a_person_agrees_with_the_others_in_so_many_of_the_compared_values(reviewer, dataset):
    first, second, third = (make_member(workspace=dataset.workspace) for _ in range(3))
    for number in range(6):
        sample = make_sample(dataset=dataset)
        for member, grade in ((first, 1), (second, 1), (third, 1 if number else 5)):
            give(sample, member, grade=grade)
    grade = dataset.variables.get()

    report = make_report_now(dataset, [grade])

    assert report.share_of(first.user_id) == (12, 11)
    assert report.share_in(grade.pk, third.user_id) == (12, 10)
    assert report.share_in(grade.pk) == (18, 16)
    page = reviewer.get(reverse("figures:progress", args=[dataset.pk])).text
    assert "92" in page
    assert "too few" not in page
