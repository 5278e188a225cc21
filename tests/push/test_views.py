"""The screen of deliveries: what a push changes, what is decided and tried again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator import counting
from annotator.accounts.models import Membership, Role
from annotator.annotation.jobs import fold_counts
from annotator.datasets.models import VariableValue
from annotator.push import actions, jobs
from annotator.push import counting as push_counting
from annotator.push.models import Delivery
from tests.factories import make_member, make_user
from tests.faults import status
from tests.push.rows import Pair

pytestmark = pytest.mark.django_db

DELIVERIES = "/deliveries/"


@pytest.fixture
def pair(fault_remote):
    return Pair(fault_remote, held=7.0)


def sign_in(client, pair, role):
    user = make_user()
    Membership.objects.create(user=user, workspace=pair.remote.workspace, role=role)
    client.force_login(user)
    return client


@pytest.fixture
def conflict(pair):
    pair.give(8.5)
    pair.change_there(3.0)
    jobs.push_sample(str(pair.sample.pk))
    return Delivery.objects.get()


def test_waiting_values_show_what_a_push_would_change(client, pair):
    pair.give(8.5)
    actions.enqueue_deliveries([pair.sample.pk])

    page = sign_in(client, pair, Role.REVIEWER).get(DELIVERIES)

    assert "<del>7.0</del>" in page.text
    assert "<ins>8.5</ins>" in page.text


def test_a_reviewer_keeps_ours(
    client, pair, conflict, queued_jobs, django_capture_on_commit_callbacks
):
    browser = sign_in(client, pair, Role.REVIEWER)
    assert "<del>3.0</del>" in browser.get(DELIVERIES).text

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("push:resolve", args=[conflict.pk]), {"keep": "ours"})

    assert ("annotator.push.jobs.push_sample", (str(pair.sample.pk),)) in queued_jobs
    jobs.push_sample(str(pair.sample.pk))
    assert pair.there == 8.5


def test_a_reviewer_takes_theirs_and_a_late_second_one_is_told(client, pair, conflict):
    browser = sign_in(client, pair, Role.REVIEWER)
    address = reverse("push:resolve", args=[conflict.pk])

    browser.post(address, {"keep": "theirs"})
    page = browser.post(address, {"keep": "ours"}, follow=True)

    assert VariableValue.objects.get().value == 3.0
    assert "no longer open" in page.text


def test_all_parked_for_one_reason_are_tried_again(client, fault_remote):
    pair = Pair(fault_remote, samples=3)
    fault_remote.script("POST", "add-variable-value", *[status(400, "Locked.")] * 3)
    for sample in pair.samples:
        pair.give(8.5, sample)
        jobs.push_sample(str(sample.pk))
    browser = sign_in(client, pair, Role.ADMIN)
    assert "Locked." in browser.get(DELIVERIES).text

    page = browser.post(
        reverse("push:retry"), {"problem": "refused", "next": DELIVERIES}, follow=True
    )

    assert "3 deliveries are tried again" in page.text
    assert Delivery.objects.filter(state="pending").count() == 3


def test_only_the_right_roles_act(client, pair, conflict):
    annotator = sign_in(client, pair, Role.ANNOTATOR)
    assert annotator.get(DELIVERIES).status_code == 403
    address = reverse("push:resolve", args=[conflict.pk])
    assert annotator.post(address, {"keep": "ours"}).status_code == 403
    reviewer = sign_in(client, pair, Role.REVIEWER)
    assert reviewer.post(reverse("push:retry")).status_code == 403


def test_another_workspace_sees_and_changes_nothing(client, pair, conflict):
    client.force_login(make_member(Role.ADMIN).user)

    assert "<ins>8.5" not in client.get(DELIVERIES).text
    answer = client.post(reverse("push:resolve", args=[conflict.pk]), {"keep": "theirs"})
    client.post(reverse("push:retry"), {"delivery": str(conflict.pk), "dataset": ""})

    assert answer.status_code == 404
    assert Delivery.objects.get().state == "conflict"


def test_the_way_back_leads_nowhere_else(client, pair, conflict):
    browser = sign_in(client, pair, Role.ADMIN)

    answer = browser.post(reverse("push:retry"), {"next": "https://evil.example/"})

    assert answer.url == DELIVERIES


def test_more_deliveries_cost_no_more_queries(client, fault_remote):
    pair = Pair(fault_remote, samples=30)
    browser = sign_in(client, pair, Role.ADMIN)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(DELIVERIES).status_code == 200
        return len(captured)

    pair.give(1.0, pair.samples[0])
    actions.enqueue_deliveries([pair.samples[0].pk])
    queries()
    few = queries()
    for sample in pair.samples[1:]:
        pair.give(1.0, sample)
        actions.enqueue_deliveries([sample.pk])

    assert queries() == few


def test_the_numbers_of_each_state_are_kept_and_those_of_another_workspace_left_out(
    client, pair, fault_remote, conflict
):
    other = Pair(fault_remote, held=7.0)
    other.give(8.5)
    actions.enqueue_deliveries([other.sample.pk])
    browser = sign_in(client, pair, Role.ADMIN)

    def numbers():
        home, page = browser.get(reverse("home:home")), browser.get(DELIVERIES)
        assert home.context["deliveries"] == page.context["summary"].counts | {"need_a_look": 1}
        return page.context["summary"].counts

    assert numbers() == {"pending": 0, "confirmed": 0, "parked": 0, "conflict": 1}
    Delivery.objects.filter(pk=conflict.pk).update(state="parked", problem="refused")
    fold_counts()

    assert numbers() == {"pending": 0, "confirmed": 0, "parked": 1, "conflict": 0}
    [problem] = browser.get(DELIVERIES).context["problems"]
    assert (problem["problem"], problem["number"], problem["can_retry"]) == ("refused", 1, True)
    assert counting.reconcile(push_counting.DELIVERIES) == 0
