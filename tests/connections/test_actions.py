"""Connecting, testing, pausing and forgetting a remote."""

import pytest

from annotator.accounts.models import AuditEvent
from annotator.connections import actions
from annotator.connections.models import Remote
from annotator.datasets.models import Dataset
from annotator.errors import BadInput, RemoteUnavailable, WrongState
from tests.factories import make_remote, make_user, make_workspace
from tests.faults import reset, status

pytestmark = pytest.mark.django_db


def test_a_test_says_in_plain_words_what_the_token_opens(fault_remote, settings):
    fault_remote.platform.add_dataset()
    remote = make_remote(fault_remote)

    check = actions.test(remote, by=None)

    remote.refresh_from_db()
    assert check.works
    assert "The token can read 1 dataset." in check.sentences
    assert remote.checked_at is not None


def test_a_test_of_a_refused_token_pauses_the_remote_and_a_new_token_ends_the_pause(fault_remote):
    remote = make_remote(fault_remote, token="an-old-token")

    check = actions.test(remote, by=None)

    remote.refresh_from_db()
    assert not check.works
    assert remote.state == Remote.State.PAUSED

    actions.update(
        remote, name="R", base_url=fault_remote.url, token=fault_remote.token, by=make_user()
    )
    remote.refresh_from_db()
    assert remote.state == Remote.State.ACTIVE
    assert actions.test(remote, by=None).works


def test_a_test_shows_nothing_of_what_a_server_answers(fault_remote):
    fault_remote.always("GET", "/vlm/v2/dataset/", status(404, detail="the inner secret"))
    remote = make_remote(fault_remote)

    check = actions.test(remote, by=None)

    assert not check.works
    assert "inner secret" not in " ".join(check.sentences)


def test_an_unlisted_private_address_is_not_called(fault_remote, settings):
    remote = make_remote(fault_remote)
    settings.PRIVATE_REMOTES = frozenset()

    check = actions.test(remote, by=None)

    assert not check.works
    assert fault_remote.calls() == []


def test_another_server_needs_its_token_entered_anew():
    remote = make_remote()

    with pytest.raises(BadInput, match="another server"):
        actions.update(remote, name="R", base_url="https://elsewhere.example", by=None)

    remote.refresh_from_db()
    assert remote.base_url == "https://remote.example"


@pytest.mark.parametrize("address", ["ftp://x.example", "https://u:p@x.example", "nothing", ""])
def test_an_address_that_cannot_be_called_is_refused(address):
    with pytest.raises(BadInput) as refusal:
        actions.connect(make_workspace(), name="R", base_url=address, token="t" * 20, by=None)

    assert "base_url" in refusal.value.fields


def test_every_change_leaves_a_line_without_the_token():
    user = make_user()
    remote = make_remote(token="plain-token-1234")

    actions.pause(remote, reason="Refused.", by=None)
    actions.resume(remote, by=user)
    actions.remove(remote, by=user)

    lines = list(AuditEvent.objects.values_list("action", flat=True))
    assert lines == ["remote.remove", "remote.resume", "remote.pause", "remote.connect"]
    assert not AuditEvent.objects.filter(detail__icontains="plain-token").exists()


def test_a_remote_whose_rows_are_here_is_not_removed():
    remote = make_remote()
    Dataset.objects.create(workspace=remote.workspace, name="D", remote=remote, remote_key="1")

    with pytest.raises(WrongState, match="paused, not removed"):
        actions.remove(remote, by=None)

    assert Remote.objects.filter(pk=remote.pk).exists()


def test_a_remote_that_does_not_answer_is_left_in_peace_until_it_does(fault_remote):
    fault_remote.always("GET", "/", reset())
    remote = make_remote(fault_remote)

    actions.note_unavailable(remote, RemoteUnavailable("No.", retry_after_seconds=30))

    assert not Remote.objects.reachable().exists()

    actions.note_available(remote)

    assert Remote.objects.reachable().get() == remote
