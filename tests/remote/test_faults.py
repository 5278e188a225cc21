"""What the client does when the remote does not behave."""

import gzip
import json
import logging
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from annotator.errors import (
    BadInput,
    InvalidResponse,
    RemoteForbiddenHost,
    RemoteRefused,
    RemoteUnauthorized,
    RemoteUnavailable,
)
from annotator.remote.client import RemoteClient
from annotator.remote.responses import retry_after_seconds
from tests.fault_remote import TOKEN, FaultRemote
from tests.faults import (
    apply_then_hang,
    apply_then_reset,
    bad_gateway,
    big,
    drip,
    garbage,
    next_is,
    ok,
    redirect,
    reset,
    says,
    status,
    too_many,
    truncated,
)


@pytest.fixture
def platform(fault_remote):
    return fault_remote.platform


@pytest.fixture
def client(fault_remote):
    with fault_remote.client() as client:
        yield client


def page(**fields):
    return json.dumps({"count": 1, "next": None, "results": [{"id": "d1"}]} | fields).encode()


@pytest.mark.parametrize(
    "fault", [status(500), status(503), bad_gateway(), reset(), truncated(), garbage(), too_many()]
)
def test_a_read_is_repeated_twice(client, fault_remote, fault):
    fault_remote.script("GET", "/dataset/", fault, fault)

    assert next(client.datasets.pages()).count == 0
    assert len(fault_remote.calls("GET", "/dataset/")) == 3


def test_a_third_failure_is_the_callers(client, fault_remote):
    fault_remote.always("GET", "/dataset/", status(500))

    with pytest.raises(RemoteUnavailable):
        next(client.datasets.pages())

    assert len(fault_remote.requests) == 3


@pytest.mark.parametrize(
    ("fault", "error", "sent"),
    [
        (status(500), RemoteUnavailable, True),
        (bad_gateway(), RemoteUnavailable, True),
        (too_many(), RemoteUnavailable, False),
        (reset(), RemoteUnavailable, True),
        (apply_then_reset(), RemoteUnavailable, True),
    ],
)
def test_training_is_asked_for_once_whatever_happens(client, fault_remote, fault, error, sent):
    task = fault_remote.platform.add_task()
    fault_remote.script("POST", "/train/", fault)

    with pytest.raises(error) as caught:
        client.train(task["id"])

    assert caught.value.sent is sent
    assert len(fault_remote.calls("POST", "/train/")) == 1


def test_a_call_that_was_applied_and_never_answered_ends_in_time(fault_remote, platform):
    task = platform.add_task()
    fault_remote.script("POST", "/train/", apply_then_hang())

    with (
        fault_remote.client(read_seconds=0.2) as client,
        pytest.raises(RemoteUnavailable, match="in time"),
    ):
        client.train(task["id"])

    assert platform.trainings == {task["id"]: 1}


def test_a_server_that_is_not_there_got_nothing():
    with FaultRemote() as gone:
        client = gone.client()

    with client, pytest.raises(RemoteUnavailable) as caught:
        client.train("t1")

    assert caught.value.sent is False


@pytest.mark.parametrize("headers", [False, True])
def test_an_answer_that_drips_ends_at_the_deadline(fault_remote, headers):
    fault_remote.always("GET", "/dataset/", drip(headers))
    begun = time.monotonic()

    with (
        fault_remote.client(deadline_seconds=0.4) as client,
        pytest.raises(RemoteUnavailable, match="in time"),
    ):
        client.datasets.get("d1")

    # Three tries of 0.4 s; the server alone would go on for ever.
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("fault", [garbage(), says(b"\xff")])
def test_a_success_that_says_nothing_leaves_the_effect_unknown(client, fault_remote, fault):
    fault_remote.script("POST", "/train/", fault)

    with pytest.raises(InvalidResponse) as caught:
        client.train("t1")

    assert caught.value.sent is True


@pytest.mark.parametrize(
    "body",
    [
        page(results=None),
        page(results={"id": "d1"}),
        page(results=[{"name": "no id"}]),
        page(results=[{"id": "d1"}, {"id": "d2", "name": 5}]),
        page(count="many"),
        page(count=-1),
        page(count=None),
        page(next=7),
        page(next="http://[::1/?page=2"),
        page(next="/dataset/"),
        page(next="?page=2", results=[]),
        page(next="?page=" + "2" * 5000),
        page(extra="\0"),
        b'{"count": 1, "results": [{"id": "d1", "name": "\\ud800"}]}',
        b'{"count": 1, "results": [{"id": "d1", "\\udc00": 1}]}',
        b'{"count": NaN, "results": []}',
        b'{"count": 1e400, "results": []}',
        b'{"count": ' + b"1" * 5000 + b"}",
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"count": 1, "results": [{"id": "d1"',
    ],
)
def test_a_page_that_cannot_be_used_is_refused_whole(client, fault_remote, body):
    fault_remote.always("GET", "/dataset/", says(body))

    with pytest.raises(InvalidResponse):
        next(client.datasets.pages())


def test_unknown_fields_and_emoji_in_two_halves_are_kept(client, fault_remote):
    body = b'{"count": 1, "results": [{"id": "d1", "name": "\\ud83d\\ude00", "mood": [1]}]}'
    fault_remote.always("GET", "/dataset/", says(body))

    [row] = client.datasets.all()

    assert row.name == "😀"
    assert row.raw["mood"] == [1]


def test_an_answer_over_the_limit_is_cut_off(fault_remote):
    fault_remote.always("GET", "/dataset/", big(3_000_000))

    with (
        fault_remote.client(max_bytes=1_000_000) as client,
        pytest.raises(InvalidResponse, match="longer than"),
    ):
        client.datasets.get("d1")


def test_the_limit_counts_what_is_unpacked(fault_remote):
    packed = gzip.compress(b'"' + b"x" * 3_000_000 + b'"')
    fault_remote.always("GET", "/dataset/", says(packed, headers={"Content-Encoding": "gzip"}))

    with (
        fault_remote.client(max_bytes=1_000_000) as client,
        pytest.raises(InvalidResponse, match="longer than"),
    ):
        client.datasets.get("d1")


def test_an_answer_that_cannot_be_unpacked_is_garbled(client, fault_remote):
    fault_remote.always("GET", "/", says(b"{}", headers={"Content-Encoding": "gzip"}))

    with pytest.raises(InvalidResponse):
        client.datasets.get("d1")


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 422])
def test_a_refusal_carries_its_status_and_the_servers_words(client, fault_remote, code):
    fault_remote.script("POST", "/train/", status(code, "Not like this."))

    with pytest.raises(RemoteRefused, match=r"^Not like this\.$") as caught:
        client.train("t1")

    assert caught.value.status == code


def test_field_errors_are_told_by_field(client, platform):
    dataset = platform.add_dataset()
    sample = platform.add_sample(dataset["id"])

    with pytest.raises(RemoteRefused, match=r"^dataset_variable: This variable is not one"):
        client.set_value(sample["id"], "v1", 1)


def test_the_servers_words_are_cut_and_on_one_line(client, fault_remote):
    fault_remote.script("POST", "/train/", status(400, "a\n\x1b[31m" + "b" * 1000))

    with pytest.raises(RemoteRefused) as caught:
        client.train("t1")

    assert str(caught.value).startswith("a  [31mb")
    assert len(str(caught.value)) == 300


def test_a_refusal_in_html_is_told_by_its_status(client, fault_remote):
    fault_remote.script("GET", "/prompt/", status(404))
    fault_remote.always("GET", "/task/", redirect("http://127.0.0.1:1/"))

    with pytest.raises(RemoteRefused, match="another address"):
        client.tasks.get("t1")


def test_a_revoked_token_is_not_tried_again(client, fault_remote):
    fault_remote.token = "new"

    with pytest.raises(RemoteUnauthorized):
        client.tasks.get("t1")

    assert len(fault_remote.requests) == 1


def test_a_short_wish_to_wait_is_kept_and_a_long_one_is_the_callers(fault_remote):
    pauses = []
    with fault_remote.client() as client:
        client._calls._pause = pauses.append
        fault_remote.script("GET", "/dataset/", too_many("2"))
        next(client.datasets.pages())
        fault_remote.script("GET", "/dataset/", too_many("60"))
        with pytest.raises(RemoteUnavailable) as caught:
            next(client.datasets.pages())

    assert pauses == [2.0]
    assert caught.value.retry_after_seconds == 60


def test_the_time_to_wait_is_read_from_seconds_and_from_a_date():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    assert retry_after_seconds("7") == 7
    assert 60 < retry_after_seconds(soon) <= 90
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after_seconds("1e300") == 24 * 3600
    for unusable in (None, "", "soon", "nan", "-"):
        assert retry_after_seconds(unusable) is None


def test_all_pages_are_read_though_next_names_another_host(client, fault_remote, platform):
    for number in range(7):
        platform.add_dataset(name=f"Dataset {number}")

    pages = list(client.datasets.pages(page_size=3))

    assert [len(page.rows) for page in pages] == [3, 3, 1]
    assert [page.number for page in pages] == [1, 2, 3]
    assert {page.count for page in pages} == {7}
    assert len({row.id for page in pages for row in page.rows}) == 7


def test_the_next_page_is_asked_only_of_the_configured_host(client, fault_remote, platform):
    platform.add_dataset()
    with FaultRemote() as thief:
        fault_remote.script("GET", "/dataset/", next_is(f"{thief.url}/vlm/v2/dataset/?page=2"))

        with pytest.raises(RemoteRefused, match="Invalid page"):
            list(client.datasets.pages())

        assert thief.requests == []
    assert [call.query.get("page") for call in fault_remote.requests] == [None, "2"]


def test_the_server_cannot_change_what_is_read(client, fault_remote, platform):
    dataset = platform.add_dataset()
    platform.add_sample(dataset["id"])
    other = "/vlm/v2/sample/?dataset=other&page=2&workspace=other"
    fault_remote.script("GET", "/sample/", next_is(other))

    with pytest.raises(RemoteRefused):
        list(client.samples.pages(dataset=dataset["id"]))

    assert fault_remote.requests[1].query["dataset"] == dataset["id"]


def test_a_walk_goes_on_from_a_kept_page(client, platform):
    ids = [platform.add_dataset()["id"] for _ in range(5)]
    first = next(client.datasets.pages(page_size=2))

    rest = list(client.datasets.pages(page_size=2, after=first.next_query))

    assert [row.id for page in rest for row in page.rows] == ids[2:]


def test_rows_that_come_in_between_show_in_the_counts(client, fault_remote, platform):
    for _ in range(4):
        platform.add_dataset()
    fault_remote.before("GET", "page=2", platform.add_dataset)

    pages = list(client.datasets.pages(page_size=2))

    assert [page.count for page in pages] == [4, 5, 5]


def test_pages_in_a_circle_end(client, fault_remote, platform):
    platform.add_dataset()
    fault_remote.always("GET", "/dataset/", next_is("http://x.example/?page=1"))

    with pytest.raises(InvalidResponse, match="circle"):
        list(client.datasets.pages())

    assert len(fault_remote.requests) == 2


def test_a_list_without_end_is_ended(client, platform):
    for _ in range(9):
        platform.add_dataset()

    with pytest.raises(InvalidResponse, match="more than 2 pages"):
        list(client.datasets.pages(page_size=2, max_pages=2))
    with pytest.raises(InvalidResponse, match="longer than 5 rows"):
        list(client.datasets.pages(page_size=2, max_rows=5))


def test_an_image_is_fetched_through_three_redirects_and_no_more(client, fault_remote, platform):
    image = platform.add_image()
    place = f"/media/{image['id']}.jpg"
    hop = redirect(fault_remote.url + place)

    fault_remote.script("GET", place, hop, redirect(place), hop)
    assert client.download_image(place, max_bytes=100_000) == platform.pictures[image["id"]]

    fault_remote.script("GET", place, hop, hop, hop, hop)
    with pytest.raises(RemoteRefused, match="redirects"):
        client.download_image(place, max_bytes=100_000)


def test_the_token_does_not_follow_an_image_to_another_host(client, fault_remote, platform):
    image = platform.add_image()
    place = f"/media/{image['id']}.jpg"
    with FaultRemote() as other:
        allow = frozenset({fault_remote.host, other.host})
        fault_remote.script("GET", place, redirect(f"{other.url}{place}"))
        other.script("GET", place, says(b"picture"))
        with RemoteClient(fault_remote.url, TOKEN, allow=allow) as client:
            assert client.download_image(place, max_bytes=100_000) == b"picture"

        assert "authorization" not in other.requests[0].headers
    assert fault_remote.requests[0].headers["authorization"] == f"Token {TOKEN}"


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:1/", "file:///etc/passwd", "http://[::1", "//u:p@x/"]
)
def test_a_redirect_of_an_image_is_checked_like_its_address(client, fault_remote, platform, to):
    fault_remote.script("GET", "/media/", redirect(to))

    with pytest.raises(RemoteForbiddenHost):
        client.download_image("/media/x.jpg", max_bytes=100_000)


def test_an_image_behind_a_closed_door_says_nothing_about_the_token(client, fault_remote):
    fault_remote.script("GET", "/media/", status(401))

    with pytest.raises(RemoteRefused) as caught:
        client.download_image("/media/x.jpg", max_bytes=100_000)

    assert not isinstance(caught.value, RemoteUnauthorized)


def test_cookies_of_the_remote_are_not_kept(client, fault_remote):
    fault_remote.script(
        "GET", "/dataset/", says(page(), headers={"Set-Cookie": "session=1; Path=/"})
    )

    list(client.datasets.all())
    list(client.datasets.all())

    assert "cookie" not in fault_remote.requests[1].headers


@pytest.mark.parametrize(
    "fault", [status(401), status(500), reset(), garbage(), redirect("http://127.0.0.1:1/"), ok()]
)
def test_the_token_is_in_no_text_of_ours(client, fault_remote, caplog, fault):
    caplog.set_level(logging.DEBUG)
    fault_remote.always("GET", "/", fault)
    texts = [repr(client), repr(client._calls), repr(vars(client))]

    try:
        client.tasks.get("t1")
    except (RemoteRefused, RemoteUnavailable) as error:
        while error is not None:
            texts += [str(error), repr(error), repr(vars(error))]
            texts += traceback.TracebackException.from_exception(
                error, capture_locals=True
            ).format()
            error = error.__cause__ or error.__context__

    assert TOKEN not in "".join([*texts, caplog.text])


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "ключ", "nul\0"])
def test_a_token_that_cannot_be_one_is_refused_without_repeating_it(token):
    with pytest.raises(BadInput) as caught:
        RemoteClient("https://remote.example", token)

    assert not token.strip() or token.strip() not in str(caught.value)


def test_random_faults_replay_from_their_seed():
    def run():
        with FaultRemote(seed=7) as remote, remote.client() as client:
            task = remote.platform.add_task()
            remote.misbehave(rate=0.5)
            for _ in range(10):
                try:
                    client.train(task["id"])
                except RemoteUnavailable:
                    continue
            return [call.fault for call in remote.requests], remote.platform.trainings

    first, second = run(), run()

    assert first == second
    assert len(set(first[0])) > 2
