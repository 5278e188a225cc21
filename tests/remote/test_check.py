"""Testing a connection: what a person is told."""

import pytest

from annotator.remote.check import Outcome, check_connection
from annotator.remote.client import RemoteClient
from tests.faults import garbage, redirect, status


@pytest.fixture
def platform(fault_remote):
    return fault_remote.platform


@pytest.fixture
def dataset(platform):
    return platform.add_dataset()


def test_a_working_connection_is_told_in_plain_words(fault_remote, platform, dataset):
    platform.announces = ["values"]

    with fault_remote.client() as client:
        check = check_connection(client)

    assert check.works
    assert check.sentences == [
        "The token can read 1 dataset.",
        "The connection is not encrypted: others on the way can read the token.",
        "It belongs to remote-user.",
        "It can read tasks.",
        "It can read prompts.",
        "It can read images.",
        "It can read models.",
        "The remote is an Annotator: whole samples come page by page.",
    ]


def test_a_right_that_is_missing_is_told(fault_remote, dataset):
    fault_remote.always("GET", "/model/", status(404))
    fault_remote.always("GET", "/account/", status(404))

    with fault_remote.client() as client:
        check = check_connection(client)

    assert check.works
    assert "It cannot read models." in check.sentences


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (status(401), Outcome.UNAUTHORIZED),
        (status(403, "Invalid token."), Outcome.UNAUTHORIZED),
        (status(403, "secret words"), Outcome.NOT_PERMITTED),
        (status(404, "secret words"), Outcome.NOT_THIS_API),
        (redirect("http://127.0.0.1:1/"), Outcome.NOT_THIS_API),
        (garbage(), Outcome.NOT_THIS_API),
        (status(500, "secret words"), Outcome.UNREACHABLE),
    ],
)
def test_a_failing_connection_is_classified_and_repeats_nothing_of_the_answer(
    fault_remote, fault, outcome
):
    fault_remote.always("GET", "/", fault)

    with fault_remote.client() as client:
        check = check_connection(client)

    assert check.outcome is outcome
    assert "secret" not in " ".join(check.sentences)


def test_a_connection_to_a_private_host_that_is_not_listed_is_refused(fault_remote):
    with RemoteClient(fault_remote.url, "token") as client:
        check = check_connection(client)

    assert check.outcome is Outcome.FORBIDDEN_HOST
    assert fault_remote.requests == []
