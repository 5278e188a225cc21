"""Who is told what, once; what they read, what they mute, and the mails with what they have not read."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Membership, Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.jobs import tell_of_done
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin
from annotator.notifications.actions import count_unread, mark_read, notify
from annotator.notifications.jobs import forget_old, send_digests
from annotator.notifications.models import KEPT_DAYS, Digest, Notification
from annotator.push.jobs import tell_of_stuck
from annotator.push.models import Delivery
from annotator.review.actions import approve, reopen, return_answer
from annotator.training.jobs import tell_of_ended
from annotator.training.models import TrainingRun
from tests.factories import (
    make_dataset,
    make_member,
    make_remote,
    make_sample,
    make_task,
    make_user,
    make_variable,
)

pytestmark = pytest.mark.django_db
LIST = "/notifications/"


@pytest.fixture
def member():
    return make_member(user=make_user(username="anna", email="anna@example.com"))


def tell(*members, kind="returned", key="1", text="Look", url="/label/"):
    people = Membership.objects.filter(pk__in=[each.pk for each in members])
    return notify(kind, people, key=key, text=text, url=url)


@pytest.mark.both_databases
def test_many_are_told_by_one_statement_each_once_and_none_who_muted_it(member):
    other = make_member(workspace=member.workspace)
    muted, gone = (make_member(workspace=member.workspace) for _ in range(2))
    muted.user.muted_kinds.create(kind="returned")
    gone.user.is_active = False
    gone.user.save()

    with CaptureQueriesContext(connection) as queries:
        number = tell(member, other, muted, gone, text="x" * 900)

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert (number, len(statements)) == (2, 2)
    assert tell(member, other, muted) == 0
    assert tell(muted, kind="dataset_done") == 1
    told = Notification.objects.filter(kind="returned")
    assert {row.recipient_id for row in told} == {member.user_id, other.user_id}
    assert {len(row.text) for row in told} == {500}


@pytest.mark.both_databases
def test_the_number_of_unread_ones_is_kept_with_the_membership(member):
    tell(member, key="1")
    tell(member, key="2")
    tell(member, key="2")
    mark_read(member, key="1")
    mark_read(member, key="1")
    member.refresh_from_db()
    kept = member.unread
    elsewhere = make_member(user=member.user)
    Membership.objects.update(unread=7)

    count_unread(Membership.objects.all())

    member.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (kept, member.unread, elsewhere.unread) == (1, 1, 0)


def test_the_bell_leads_to_the_list_and_a_row_to_what_it_is_about(client, member):
    tell(member, key="old", text="An older one")
    tell(member, text="Rita returned card-07", url="/datasets/")
    client.force_login(member.user)

    home = client.get("/")
    page = client.get(LIST)
    newest = Notification.objects.get(key="1")
    opened = client.post(reverse("notifications:open", args=[newest.pk]))
    after = client.get(LIST)

    assert home.context["bell"].count == 2
    assert page.text.index("Rita returned card-07") < page.text.index("An older one")
    assert (opened.status_code, opened.headers["Location"]) == (302, "/datasets/")
    assert after.context["bell"].count == 1
    client.post(reverse("notifications:read_all"))
    assert client.get(LIST).context["bell"].count == 0


def test_nobody_reads_or_opens_what_somebody_else_was_told(client, member):
    tell(member, text="For Anna alone")
    row = Notification.objects.get()
    client.force_login(make_member(Role.ADMIN, workspace=member.workspace).user)

    page = client.get(LIST)
    opened = client.post(reverse("notifications:open", args=[row.pk]))
    client.post(reverse("notifications:read_all"))

    row.refresh_from_db()
    assert "For Anna alone" not in page.text
    assert (opened.status_code, row.read_at) == (404, None)


def test_more_notifications_cost_no_more_queries(client, member):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    client.force_login(member.user)
    tell(member)
    queries()
    few = queries()
    for number in range(2, 60):
        tell(member, key=str(number))

    assert queries() == few <= 3
    assert "Next" in client.get(LIST).text


def test_what_one_hears_of_is_chosen(client, member):
    client.force_login(member.user)
    url = reverse("notifications:choices")

    shown = client.get(url)
    saved = client.post(url, {"kinds": ["dataset_done"], "every": "hour"})
    refused = client.post(url, {"kinds": ["weather"], "every": "hour"})

    assert "Notify me when" in shown.text
    assert (saved.status_code, refused.status_code) == (302, 422)
    assert member.user.digest.every == "hour"
    assert (tell(member), tell(member, kind="dataset_done")) == (0, 1)
    client.post(url, {"kinds": ["returned", "dataset_done"], "every": "never"})
    assert tell(member) == 1


@pytest.mark.both_databases
def test_a_digest_comes_once_with_what_was_not_read(member, settings):
    tell(member, key="read", text="Already read")
    mark_read(member)
    tell(member, text="Rita returned card-07", url="/label/sample/7/")
    send_digests()
    first = Digest.objects.get()
    early = len(mail.outbox)
    Digest.objects.update(next_at=timezone.now())

    send_digests()
    Digest.objects.update(next_at=timezone.now())
    send_digests()

    assert first.next_at - timezone.now() > timedelta(hours=23)
    [message] = mail.outbox
    assert (early, message.to, message.subject) == (
        0,
        ["anna@example.com"],
        "1 new notification in Annotator",
    )
    assert f"{settings.SITE_URL}/label/sample/7/" in message.body
    assert "Already read" not in message.body


def test_a_mail_that_fails_is_tried_again_and_none_goes_to_whom_it_is_not_for(
    member, monkeypatch, settings
):
    silent = make_member(user=make_user(email="ben@example.com"))
    Digest.objects.create(user=silent.user, every="never")
    Digest.objects.create(user=member.user)
    tell(member, silent, make_member())

    def refuse(self, messages):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        send_digests()
    waiting = Digest.objects.get(user=member.user)
    Digest.objects.update(next_at=timezone.now())
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    send_digests()
    assert (waiting.attempts, waiting.lease_id, waiting.sent_at) == (1, None, None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_digests()

    assert [message.to for message in mail.outbox] == [["anna@example.com"]]


def test_old_ones_are_forgotten(member):
    tell(member, key="old")
    Notification.objects.update(created_at=timezone.now() - timedelta(days=KEPT_DAYS + 1))
    tell(member, key="new")

    forget_old()

    assert [row.key for row in Notification.objects.all()] == ["new"]


def texts_for(member):
    return [str(row) for row in Notification.objects.visible_to(member)]


def test_an_author_is_told_that_an_answer_came_back(member):
    reviewer = make_member(Role.REVIEWER, workspace=member.workspace)
    dataset = make_dataset(workspace=member.workspace, name="Cards")
    grade = make_variable(dataset=dataset)
    answers = []
    for name in ("card-1", "card-2"):
        answer = open_answer(make_sample(dataset=dataset, name=name), by=member.user)
        answers.append(submit(answer, {grade: 1}, by=member.user))

    return_answer(answers[0], by=reviewer.user, seen_rev=answers[0].rev, reason="Look below.")
    approve(answers[1], by=reviewer.user, seen_rev=answers[1].rev)
    reopen(answers[1].sample, by=reviewer.user, reason="Too dark.")

    name = reviewer.user.display_name
    assert texts_for(member) == [
        f"{name} returned card-2 in Cards: Too dark.",
        f"{name} returned card-1 in Cards: Look below.",
    ]


@pytest.mark.both_databases
def test_a_dataset_that_is_done_is_told_once_to_those_who_may_export_it(member):
    admin = make_member(Role.ADMIN, workspace=member.workspace)
    dataset = make_dataset(workspace=member.workspace, name="Cards", review_percent=0)
    grade = make_variable(dataset=dataset)
    samples = [make_sample(dataset=dataset) for _ in range(2)]
    submit(open_answer(samples[0], by=member.user), {grade: 1}, by=member.user)
    tell_of_done()
    early = texts_for(admin)
    submit(open_answer(samples[1], by=member.user), {grade: 1}, by=member.user)

    tell_of_done()
    tell_of_done()

    assert early == []
    assert texts_for(admin) == ["Cards is done: all 2 samples are accepted or skipped."]
    assert texts_for(member) == []


def test_whoever_started_a_training_is_told_how_it_ended(member):
    task = make_task(workspace=member.workspace, name="Grader")
    now = timezone.now()
    asked = {"task": task, "backend": "baseline", "requested_by": member.user}
    run = TrainingRun.objects.create(
        state="failed", ended_at=now, error="Short of memory.\n", **asked
    )
    TrainingRun.objects.create(state="training", **asked)

    tell_of_ended()
    tell_of_ended()
    first = texts_for(member)
    run.state, run.error, run.ended_at = "succeeded", "", now + timedelta(minutes=5)
    run.save()  # somebody let it go on
    tell_of_ended()
    tell_of_ended()

    assert first == ["Training of Grader: failed: Short of memory."]
    assert texts_for(member) == ["Training of Grader: done", *first]


@pytest.mark.both_databases
def test_admins_are_told_of_values_that_a_remote_does_not_get(member):
    admin = make_member(Role.ADMIN, workspace=member.workspace)
    remote = make_remote(workspace=member.workspace)
    dataset = make_dataset(workspace=member.workspace, name="Shoes", remote=remote, remote_key="s")
    grade = make_variable(dataset=dataset)
    sample = make_sample(dataset=dataset)
    set_value(sample, grade, 1, origin=Origin.TYPED, by=None)
    tell_of_stuck()
    early = texts_for(admin)
    Delivery.objects.update_or_create(
        value_row=grade.values.get(), defaults={"dataset": dataset, "state": "parked"}
    )

    tell_of_stuck()
    tell_of_stuck()

    assert early == []
    assert texts_for(admin) == [
        "Shoes: values were refused or can't be sent. Somebody has to look."
    ]
    assert texts_for(member) == []
