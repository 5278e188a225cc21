"""Two versions of a task, side by side on the same test samples."""

import csv

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.training import comparisons
from annotator.training.models import ModelVersion
from tests.factories import make_dataset, make_member, make_sample, make_task, make_workspace
from tests.training.archives import give_archive, prediction

pytestmark = pytest.mark.django_db

METRICS = {
    "score": 0.5,
    "test_samples": 4,
    "variables": [{"name": "colour", "type": "string"}, {"name": "grade", "type": "float"}],
}
ANSWERS = {  # of each sample: the accepted values, those of version 1 and those of version 2
    "won": [("red", 0), ("blue", 4), ("red", 1)],
    "lost": [("red", 10), ("red", 10), ("=1+1", 10)],
    "same": [("red", 5), ("red", 5), ("red", 5)],
    "wrong": [("red", 5), ("blue", None), ("green", None)],
}


@pytest.fixture(autouse=True)
def models_root(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def task(workspace):
    return make_task(workspace=workspace, last_version=2, production_version=1)


@pytest.fixture
def samples(workspace):
    dataset = make_dataset(workspace=workspace)
    return {name: make_sample(dataset=dataset, name=name, test=True) for name in ANSWERS}


def values(pair):
    return dict(zip(("colour", "grade"), pair, strict=True))


def make_version(task, number, samples, *, changed=(), scale=10):
    """A version with its predictions; `changed` samples have another accepted colour."""
    version = ModelVersion.objects.create(task=task, version=number, metrics=METRICS)
    rows = []
    for name, sample in samples.items():
        expected = values(ANSWERS[name][0])
        predicted = values(ANSWERS[name][number])
        known = predicted["grade"] is not None
        error = abs(expected["grade"] - predicted["grade"]) if known else scale
        if name in changed:
            expected["colour"] = "violet"
        scores = {"grade": 1 - error / scale}
        rows.append(
            prediction(sample.pk, expected=expected, values=predicted, scores=scores, raw="long")
        )
    give_archive(version, predictions_jsonl=rows)
    return version


@pytest.fixture
def versions(task, samples):
    return [make_version(task, number, samples) for number in (1, 2)]


def outcomes(comparison):
    return {
        variable.name: {pair.outcome: pair.score_after for pair in variable.pairs}
        for variable in comparison.variables
    }


def test_each_variable_says_what_was_won_lost_same_and_wrong_twice(versions):
    colour, grade = comparisons.compare(*versions).variables

    assert colour.counts == {"won": 1, "lost": 1, "same": 1, "both_wrong": 1}
    assert grade.counts == {"won": 1, "lost": 0, "same": 2, "both_wrong": 1}
    assert (colour.before, colour.after) == (0.5, 0.5)
    assert colour.verdict == ""


def test_numbers_of_both_versions_are_scored_on_one_scale(task, samples):
    before = make_version(task, 1, samples, scale=1000)  # its training knew a wider range
    after = make_version(task, 2, samples)

    grade = comparisons.compare(before, after).variables[1]

    assert grade.counts["lost"] == 0
    assert grade.pairs[0].score_before == pytest.approx(0.6)
    assert grade.pairs[0].score_after == pytest.approx(0.9)


def test_samples_whose_accepted_value_changed_or_that_one_tested_alone_are_no_pairs(task, samples):
    before = make_version(task, 1, samples)
    fewer = {name: sample for name, sample in samples.items() if name != "won"}
    after = make_version(task, 2, fewer, changed=["lost"])

    comparison = comparisons.compare(before, after)

    assert (comparison.common, comparison.only_before, comparison.only_after) == (3, 1, 0)
    assert comparison.variables[0].changed == 1
    assert comparison.variables[0].counts["lost"] == 0


def test_memory_is_bounded_and_that_is_said(client, workspace, task, versions, monkeypatch):
    monkeypatch.setattr(comparisons, "COMPARED", 2)
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    response = client.get(reverse("training:compare", args=[task.pk]))

    assert response.context["comparison"].common == 2
    assert b"Only the first 2 were compared" in response.content


def test_a_figure_leads_to_its_samples(client, workspace, task, versions, samples):
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    page = client.get(
        reverse("training:compare", args=[task.pk]),
        {"before": "1", "after": "2", "variable": "colour", "outcome": "lost"},
    )

    (shown,) = page.context["page"].cards
    assert shown.card.sample == samples["lost"]
    assert (shown.expected, shown.before, shown.after) == ("red", "red", "=1+1")


def test_the_table_has_a_line_for_each_sample_and_variable_and_no_formula(
    client, workspace, task, versions
):
    client.force_login(make_member(Role.REVIEWER, workspace=workspace).user)

    response = client.get(reverse("training:compare-csv", args=[task.pk]))

    header, *rows = csv.reader(b"".join(response.streaming_content).decode().splitlines())
    assert header[-4:] == ["version 1", "version 2", "score of version 1", "score of version 2"]
    assert len(rows) == 8
    (lost,) = [row for row in rows if row[3] == "lost"]
    assert lost[4:] == ["red", "red", "'=1+1", "1.0", "0.0"]


def test_who_may_compare_and_who_may_take_the_table(client, workspace, task, versions):
    page, table = (
        reverse(name, args=[task.pk]) for name in ("training:compare", "training:compare-csv")
    )
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)
    seen = client.get(page).status_code, client.get(table).status_code
    client.force_login(make_member(Role.ADMIN, workspace=make_workspace()).user)
    outside = client.get(page).status_code, client.get(table).status_code

    assert seen == (200, 403)
    assert outside == (404, 404)


@pytest.mark.parametrize("query", ["before=7", "after=x"])
def test_a_version_that_there_is_not_is_not_found(client, workspace, task, versions, query):
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    assert client.get(reverse("training:compare", args=[task.pk]) + f"?{query}").status_code == 404


def test_versions_of_a_remote_have_their_scores_alone(client, workspace, task):
    for number in (1, 2):
        ModelVersion.objects.create(task=task, version=number, metrics={"score": number / 4})
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    text = client.get(reverse("training:compare", args=[task.pk])).content.decode()

    assert "25.0" in text
    assert "50.0" in text


def test_one_version_cannot_be_compared(client, workspace, task):
    ModelVersion.objects.create(task=task, version=1, metrics=METRICS)
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    assert b"Only one version" in client.get(reverse("training:compare", args=[task.pk])).content


def test_more_samples_cost_no_more_queries(
    client, workspace, task, versions, django_assert_max_num_queries
):
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)
    url = reverse("training:compare", args=[task.pk])

    with django_assert_max_num_queries(10):
        client.get(url, {"variable": "colour"})
