"""A file that is downloaded by its address: whole, in parts, over the limit, from where it may not be."""

import pytest

from annotator.errors import BadInput, RemoteForbiddenHost, RemoteRefused, RemoteUnavailable
from annotator.remote.downloads import Part, download
from annotator.remote.fetch import Fetcher
from tests.file_server import File, serving

DATA = bytes(range(256)) * 4_000  # 1,024,000 bytes


@pytest.fixture
def file():
    return File(DATA)


@pytest.fixture
def get(file, tmp_path):
    """Download it; returns the newest part, or raises with `get.part` as it was reported last."""
    with serving(file) as address:
        host = address.removeprefix("http://")

        def get(path="/a.csv", *, seconds=10, max_bytes=2_000_000, allow=frozenset([host])):
            def report(part):
                get.part = part

            with Fetcher(allow=allow) as fetcher:
                url = path if "://" in path else address + path
                get.part = download(
                    fetcher,
                    url,
                    get.path,
                    get.part,
                    max_bytes=max_bytes,
                    seconds=seconds,
                    report=report,
                )
            return get.part

        get.part, get.path, get.address = Part(), tmp_path / "part", address
        yield get


def test_a_file_comes_whole_with_the_name_that_the_server_gives_it(get, file):
    file.disposition = "attachment; filename*=UTF-8''st%C3%A4dte.csv"
    file.led_to = f"{get.address}/x"

    part = get("/led")

    assert (part.is_whole, part.size_bytes, part.total_bytes) == (True, len(DATA), len(DATA))
    assert part.name == "städte.csv"
    assert get.path.read_bytes() == DATA


@pytest.mark.parametrize("kind", ["text/csv; charset=utf-8", "application/zip"])
def test_an_ending_is_told_by_the_type(get, file, kind):
    file.kind = kind

    assert get("/export?format=x").name == {"t": "export.csv", "a": "export.zip"}[kind[0]]


def test_what_was_broken_off_goes_on_where_it_was(get, file):
    file.breaks_off = 1
    with pytest.raises(RemoteUnavailable):
        get()
    there = get.part.size_bytes
    assert 0 < there < len(DATA)

    assert get().is_whole

    assert get.path.read_bytes() == DATA
    assert file.ranges == ["", f"bytes={there}-"]


def test_when_the_time_is_over_the_rest_is_left_for_later(get, file):
    assert not get(seconds=0).is_whole
    while not get(seconds=0).is_whole:
        pass

    assert get.path.read_bytes() == DATA


def test_a_file_that_changed_meanwhile_is_read_from_its_beginning(get, file):
    get(seconds=0)
    file.change(DATA[::-1])

    assert get().is_whole

    assert get.path.read_bytes() == DATA[::-1]


def test_parts_of_two_versions_are_not_joined(get, file):
    get(seconds=0)
    file.change(DATA[::-1])
    file.heeds_versions = False

    with pytest.raises(RemoteUnavailable, match="changed"):
        get()

    assert get().is_whole
    assert get.path.read_bytes() == DATA[::-1]


def test_a_server_that_gives_no_parts_is_read_to_the_end(get, file):
    file.gives_parts = file.says_length = False

    part = get(seconds=0)

    assert (part.is_whole, part.total_bytes) == (True, len(DATA))


@pytest.mark.parametrize("says_length", [True, False])
def test_a_file_that_is_too_large_is_refused(get, file, says_length):
    file.says_length = says_length

    with pytest.raises(BadInput, match="larger than 1 MB"):
        get(max_bytes=1_000_000)


def test_what_is_no_file_is_refused_with_what_to_do(get, file):
    file.kind = "text/html; charset=utf-8"
    with pytest.raises(BadInput, match="leads to a web page"):
        get()
    file.status = 404
    with pytest.raises(RemoteRefused, match="no file at this address"):
        get()
    file.status = 403
    with pytest.raises(RemoteRefused, match="signed in"):
        get()
    file.status = 503
    with pytest.raises(RemoteUnavailable, match="503"):
        get()


def test_a_private_address_is_not_called_nor_one_that_is_led_to(get, file):
    with pytest.raises(RemoteForbiddenHost, match="private network"):
        get(allow=frozenset())
    with serving(File()) as other:
        file.led_to = f"{other}/a.csv"
        with pytest.raises(RemoteForbiddenHost, match="private network"):
            get("/led")
    with pytest.raises(RemoteForbiddenHost, match="begins with http"):
        get("file:///etc/passwd")
