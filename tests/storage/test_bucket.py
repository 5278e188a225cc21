"""Stored files in a real bucket: kept, read, listed, linked to, and what its failures become."""

import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.files.storage import storages

from annotator.errors import StorageFull, StorageUnavailable
from annotator.storage import files, folder
from annotator.storage.folder import path_of
from tests.object_store import SECRET, use_bucket


class Cancelled(Exception):
    """What stops a long work."""


NAME = "originals/ab/cd/" + "ab" * 32 + ".jpg"
MANY = 9_000_000  # bytes; from 8 MB on a file is sent in parts
IMAGE = {"content_type": "image/jpeg", "disposition": 'inline; filename="x.jpg"'}


def get(url):
    """(status, headers, body) of an address, asked without any sign-in."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_file_is_kept_in_the_bucket_read_copied_listed_and_removed(bucket, tmp_path):
    files.save(NAME, b"picture")

    assert files.exists(NAME)
    assert not path_of(NAME).exists()
    assert files.read(NAME) == b"picture"
    opened = files.opened(NAME)
    with opened.file as file:
        assert (file.read(3), file.read(), opened.size_bytes) == (b"pic", b"ture", 7)
    files.copy_to(NAME, tmp_path / "folder/copy.jpg")
    assert (tmp_path / "folder/copy.jpg").read_bytes() == b"picture"
    assert (tmp_path / "folder/copy.jpg").stat().st_mode & 0o777 == 0o600
    assert [entry[:2] for entry in files.entries_in_bucket("originals/ab")] == [(NAME, 7)]
    assert not list(files.entries_in_bucket("originals/a"))

    files.remove(NAME)
    files.remove(NAME)

    assert not files.exists(NAME)
    for read in (files.read, files.opened, lambda name: files.copy_to(name, tmp_path / "none")):
        with pytest.raises(FileNotFoundError):
            read(NAME)
    assert not (tmp_path / "none").exists()


def test_a_large_file_is_moved_into_the_bucket_in_parts(bucket, tmp_path):
    written, sent = tmp_path / "written", []
    written.write_bytes(b"x" * MANY)

    files.save(NAME, written, watch=sent.append)

    assert not written.exists()
    assert files.read(NAME) == b"x" * MANY
    assert sum(sent) == MANY
    assert len(sent) > 1


def test_who_watches_may_end_it_and_nothing_is_kept(bucket, tmp_path):
    written = tmp_path / "written"
    written.write_bytes(b"x" * MANY)

    def cancel(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        files.save(NAME, written, watch=cancel)

    assert written.exists()
    assert not bucket.has(NAME)


def test_what_is_still_in_the_data_folder_is_read_and_removed_there(bucket, settings):
    folder.save(NAME, b"old")
    settings.S3_LINK_SECONDS = 60

    assert files.exists(NAME)
    assert files.read(NAME) == b"old"
    assert files.link(NAME, **IMAGE) == ""

    files.remove(NAME)

    assert not path_of(NAME).exists()


def test_with_local_storage_new_files_stay_here_and_the_buckets_are_read(
    bucket, settings, object_store
):
    files.save(NAME, b"there")
    settings.STORAGE = "local"
    other = NAME.replace("ab" * 32, "ef" * 32)

    files.save(other, b"here")

    assert path_of(other).read_bytes() == b"here"
    assert files.read(NAME) == b"there"


def test_a_link_gives_the_file_under_its_headers_to_who_has_it_whole(bucket, settings):
    settings.S3_LINK_SECONDS = 60
    files.save(NAME, b"picture")

    link = files.link(NAME, **IMAGE)

    status, headers, body = get(link)
    assert (status, body) == (200, b"picture")
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"] == 'inline; filename="x.jpg"'
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert get(link.replace("ab.jpg", "cd.jpg"))[0] == 403
    assert get(link.partition("?")[0])[0] in {400, 403}
    assert SECRET not in link.partition("?")[2].replace("test%3Atester", "")


def test_a_link_ends(bucket, settings):
    settings.S3_LINK_SECONDS = 1
    files.save(NAME, b"picture")
    link = files.link(NAME, **IMAGE)

    threading.Event().wait(2.5)

    assert get(link)[0] == 403


def test_a_wrong_key_is_no_lost_file(settings, object_store, caplog):
    use_bucket(settings, object_store, secret_key="not this one")

    for call in (files.read, files.exists, lambda name: files.save(name, b"x")):
        with pytest.raises(StorageUnavailable, match="refuses"):
            call(NAME)

    assert "SignatureDoesNotMatch" in caplog.text
    assert "not this one" not in caplog.text
    storages["bucket"].client.close()


def test_a_bucket_that_is_not_there_is_named(settings, object_store):
    use_bucket(settings, object_store, bucket_name="another")

    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        files.bucket().check()

    storages["bucket"].client.close()


class Quiet(BaseHTTPRequestHandler):
    """Answers without a word in the log."""

    def answer(self, status, body, *, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def answering(settings, handler):
    """The bucket is at a server whose answers this handler gives."""
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    use_bucket(settings, f"http://127.0.0.1:{server.server_port}")
    try:
        yield
    finally:
        storages["bucket"].client.close()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (507, "XMinioStorageFull", StorageFull),
        (403, "QuotaExceeded", StorageFull),
        (501, "NotImplemented", StorageUnavailable),
    ],
)
def test_a_storage_without_room_is_told_apart_from_one_that_fails(settings, status, code, error):
    class Failing(Quiet):
        def do_PUT(self):  # what http.server calls
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    with answering(settings, Failing), pytest.raises(error):
        files.save(NAME, b"x")


@pytest.fixture
def breaking(settings):
    """A storage whose first answers break off: `left` says how many more will."""

    class Breaking(Quiet):
        left = 2

        def do_GET(self):  # what http.server calls
            is_whole = Breaking.left == 0
            Breaking.left -= not is_whole
            self.answer(200, b"picture" if is_whole else b"pic", length=7)

    with answering(settings, Breaking):
        yield Breaking


def test_a_connection_that_breaks_is_tried_again(breaking, tmp_path):
    assert files.read(NAME) == b"picture"

    breaking.left = 2
    files.copy_to(NAME, tmp_path / "copy.jpg")

    assert (tmp_path / "copy.jpg").read_bytes() == b"picture"


def test_a_connection_that_always_breaks_leaves_no_part_of_a_file(breaking, tmp_path):
    breaking.left = 3

    with pytest.raises(StorageUnavailable):
        files.copy_to(NAME, tmp_path / "copy.jpg")

    assert not list(tmp_path.glob("*.jpg"))


def test_a_storage_that_nobody_answers_for_is_unavailable(settings):
    use_bucket(settings, "http://127.0.0.1:9")  # the port where everything is discarded

    with pytest.raises(StorageUnavailable, match="does not answer"):
        files.read(NAME)

    storages["bucket"].client.close()
