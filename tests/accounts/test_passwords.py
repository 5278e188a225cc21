"""A new password by mail: the answer tells nothing, and the mail arrives in the end."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.accounts.jobs import send_password_mails
from annotator.accounts.models import PasswordRequest
from annotator.accounts.passwords import MAILS_PER_HOUR
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db
RESET = "/account/password/reset/"
KNOWN, UNKNOWN = "ada@example.com", "eve@example.com"


@pytest.fixture(autouse=True)
def ada():
    return make_member(user=make_user(username="ada", email=KNOWN)).user


def fail_with(monkeypatch, error):
    def send_messages(self, messages):
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)


@pytest.mark.both_databases
@pytest.mark.parametrize("error", [ConnectionRefusedError(), smtplib.SMTPServerDisconnected()])
def test_with_a_dead_mail_server_known_and_unknown_addresses_get_one_answer(
    client, monkeypatch, error
):
    fail_with(monkeypatch, error)

    answers, queries = [], []
    for email in (KNOWN, UNKNOWN):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answers.append(client.post(RESET, {"email": email}))
        queries.append([query["sql"].replace(email, "").split(" VALUES")[0] for query in captured])
    send_password_mails()

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert queries[0] == queries[1]
    assert [request.email for request in PasswordRequest.objects.all()] == [KNOWN]


def test_the_mail_is_queued_with_the_request_and_sent_again_after_a_failure(
    client, monkeypatch, queued_jobs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(RESET, {"email": KNOWN})
    with monkeypatch.context() as patch:
        fail_with(patch, ConnectionRefusedError())
        send_password_mails()
    waiting = PasswordRequest.objects.get()
    PasswordRequest.objects.update(next_at=timezone.now())
    send_password_mails()
    send_password_mails()

    assert queued_jobs == [("annotator.accounts.jobs.send_password_mails", ())]
    assert (waiting.attempts, waiting.lease_id) == (1, None)
    assert [message.to for message in mail.outbox] == [[KNOWN]]
    assert "http://testserver/account/password/reset/key/" in mail.outbox[0].body
    assert not PasswordRequest.objects.exists()


def test_an_unknown_address_gets_no_mail_and_leaves_nothing(client):
    client.post(RESET, {"email": UNKNOWN})
    send_password_mails()

    assert mail.outbox == []
    assert not PasswordRequest.objects.exists()


def test_asking_often_sends_few_mails_and_answers_alike(client):
    answers = []
    for _ in range(MAILS_PER_HOUR + 3):
        answers.append(client.post(RESET, {"email": KNOWN}).status_code)
        send_password_mails()

    assert answers == [302] * (MAILS_PER_HOUR + 3)
    assert len(mail.outbox) == MAILS_PER_HOUR


def test_asking_twice_before_a_mail_is_sent_sends_one(client):
    for _ in range(2):
        client.post(RESET, {"email": KNOWN})
    send_password_mails()

    assert len(mail.outbox) == 1


def test_what_could_not_be_sent_for_a_day_is_given_up(client):
    client.post(RESET, {"email": KNOWN})
    PasswordRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    send_password_mails()

    assert mail.outbox == []
    assert not PasswordRequest.objects.exists()


def test_a_refused_recipient_is_not_tried_again(client, monkeypatch):
    fail_with(monkeypatch, smtplib.SMTPRecipientsRefused({KNOWN: (550, b"no such mailbox")}))
    client.post(RESET, {"email": KNOWN})
    send_password_mails()

    assert not PasswordRequest.objects.exists()
