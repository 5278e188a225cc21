"""Disagreements are judged one by one; where the model is right, the value is corrected."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, VariableValue
from annotator.disagreements.models import Disagreement
from annotator.push.models import Delivery
from tests.disagreements.rows import compare, make_disputed
from tests.factories import make_member, make_remote

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def disputed():
    member, dataset, samples, grade = make_disputed()
    compare(dataset)
    return member, dataset, samples, grade


@pytest.fixture
def reviewer(client, disputed):
    client.force_login(disputed[0].user)
    return client


def queue_of(disputed, **more):
    _, dataset, _, grade = disputed
    source = Disagreement.objects.first().source_id
    query = {"variable": grade.pk, "source": source, **more}
    return reverse("disagreements:queue", args=[dataset.pk], query=query)


def at(name, row):
    return reverse(f"disagreements:{name}", args=[row.pk])


def row_of(sample):
    return Disagreement.objects.get(sample=sample)


def judge(client, row, verdict, **changes):
    sent = {"verdict": verdict, "rev": row.accepted_rev, **changes}
    return client.post(at("judge", row), sent, follow=True)


def value_of(sample):
    return VariableValue.objects.get(sample=sample)


def shown(page):
    return page.context["case"].sample


def test_the_queue_comes_by_size_by_confidence_by_how_common_and_of_one_pair(reviewer, disputed):
    _, _, [common, _, large, sure, _], _ = disputed

    assert shown(reviewer.get(queue_of(disputed))) == large
    assert shown(reviewer.get(queue_of(disputed, order="confidence"))) == sure
    assert shown(reviewer.get(queue_of(disputed, order="common"))) == sure
    pair = row_of(common).pair
    assert shown(reviewer.get(queue_of(disputed, pair=pair))) == sure
    later = queue_of(disputed, order="confidence", past=row_of(sure).pk)
    assert shown(reviewer.get(later)) == common
    again = queue_of(disputed, order="confidence", past=row_of(large).pk)
    assert shown(reviewer.get(again)) == sure, "what was left for later comes again"


def test_the_model_is_right_its_value_becomes_the_accepted_one_and_is_pushed(reviewer, disputed):
    member, dataset, [sample, *_], grade = disputed
    remote = make_remote(workspace=dataset.workspace)
    for row in (dataset, sample, grade):
        type(row).objects.filter(pk=row.pk).update(remote=remote, remote_key=str(row.pk))

    page = judge(reviewer, row_of(sample), "model")

    held = value_of(sample)
    last = held.history.last()
    assert (held.value, held.rev, held.origin, held.set_by) == (7.5, 2, "reviewed", member.user)
    assert last.reason == "Model right: grader 1"
    assert Delivery.objects.filter(value_row=held, want_rev=2).exists()
    assert (row_of(sample).verdict, row_of(sample).judged_by) == ("model", member.user)
    assert shown(page) != sample
    assert page.context["after"] == row_of(sample)


@pytest.mark.parametrize("verdict", ["person", "both", "picture"])
def test_every_other_verdict_is_kept_and_changes_no_value(reviewer, disputed, verdict):
    _, dataset, [sample, *_], _ = disputed

    judge(reviewer, row_of(sample), verdict)
    listed = reviewer.get(reverse("disagreements:judged", args=[dataset.pk]), {"verdict": verdict})

    assert row_of(sample).verdict == verdict
    assert (value_of(sample).value, value_of(sample).rev) == (9.0, 1)
    assert [row.sample for row in listed.context["rows"]] == [sample]


def test_a_verdict_is_taken_back_by_its_author_and_the_value_with_it(reviewer, client, disputed):
    member, dataset, [sample, *_], grade = disputed
    judge(reviewer, row_of(sample), "model")
    colleague = make_member(Role.REVIEWER, workspace=dataset.workspace)
    client.force_login(colleague.user)
    refused = client.post(at("take_back", row_of(sample)), follow=True)
    client.force_login(member.user)

    reviewer.post(at("take_back", row_of(sample)))

    assert "no verdict of yours" in refused.text
    held = value_of(sample)
    assert (held.value, held.rev, row_of(sample).verdict) == (9.0, 3, "")
    judge(reviewer, row_of(sample), "model")
    set_value(sample, grade, 1, origin=Origin.TYPED, by=member.user)
    late = reviewer.post(at("take_back", row_of(sample)), follow=True)
    assert "changed since" in late.text
    assert value_of(sample).value == 1


def test_who_is_late_is_told_and_changes_nothing(reviewer, disputed):
    member, _, [sample, _, moved, *_], grade = disputed
    seen, changed = row_of(sample), row_of(moved)
    judge(reviewer, seen, "person")
    set_value(moved, grade, 6, origin=Origin.TYPED, by=member.user)

    second = judge(reviewer, seen, "model")
    stale = judge(reviewer, changed, "model")
    nothing = judge(reviewer, changed, "")

    assert "has judged this already: person right" in second.text
    assert "changed after you opened this" in stale.text
    assert "Choose who is right" in nothing.text
    assert (value_of(sample).value, value_of(moved).value) == (9.0, 6.0)


def test_what_agrees_by_now_is_passed_over_and_an_empty_queue_says_so(reviewer, disputed):
    member, _, [common, _, large, sure, _], grade = disputed
    set_value(large, grade, 8.5, origin=Origin.TYPED, by=member.user)

    page = reviewer.get(queue_of(disputed))
    for sample in (common, sure):
        page = judge(reviewer, row_of(sample), "person")

    assert "Nothing is left to judge of grade" in page.text
    assert "100" in page.text


def test_the_overview_counts_by_version_and_lists_the_most_common_pair(reviewer, disputed):
    _, dataset, [sample, *_], _ = disputed
    overview = reverse("disagreements:overview", args=[dataset.pk])

    [standing] = reviewer.get(overview).context["standings"]
    [pair] = reviewer.get(overview).context["pairs"]
    judge(reviewer, row_of(sample), "model")
    after = reviewer.get(overview)

    assert (standing.waiting, standing.judged) == (3, 0)
    assert (pair.accepted, pair.suggested, pair.number) == ("9.0", "7.5", 2)
    [(source, judged, parts)] = after.context["by_source"]
    assert (str(source), judged) == ("grader 1", 1)
    assert {part.key: part.count for part in parts}["model"] == 1


def test_more_samples_cost_no_more_queries_of_either_page(client):
    counts = []
    for times in (2, 4):
        member, dataset, *rest = make_disputed([(9.0, 7.5, 0.5), (5.0, 8.5, 0.6)] * times)
        compare(dataset)
        client.force_login(member.user)
        source = Disagreement.objects.last().source_id
        query = f"variable={rest[1].pk}&source={source}"
        for name in ("queue", "overview", "judged"):
            url = reverse(f"disagreements:{name}", args=[dataset.pk])
            client.get(f"{url}?{query}")
            with CaptureQueriesContext(connection) as queries:
                client.get(f"{url}?{query}")
            counts.append(len(queries))

    assert counts[:3] == counts[3:]


def test_comparing_is_for_reviewers_of_the_workspace(client, disputed, queued_jobs):
    _, dataset, [sample, *_], _ = disputed
    url = reverse("disagreements:compare", args=[dataset.pk])
    answers = []
    for member in (make_member(workspace=dataset.workspace), make_member(Role.ADMIN)):
        client.force_login(member.user)
        answers += [
            client.post(url).status_code,
            judge(client, row_of(sample), "model").status_code,
        ]

    assert answers == [403, 403, 404, 404]
    assert not [name for name, _ in queued_jobs if "disagreements" in name]
