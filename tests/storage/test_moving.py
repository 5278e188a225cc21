"""`manage.py move_files`: nothing is lost, whatever ends it, and the app reads from either place."""

import hashlib
import os
import signal

import pytest
from django.core.management import CommandError, call_command

from annotator.errors import StorageUnavailable
from annotator.exports.models import ExportJob
from annotator.images import files
from annotator.storage import files as stored
from annotator.storage import folder, moving
from annotator.storage.folder import path_of
from annotator.training.models import TrainingRun
from tests.factories import make_dataset, make_image, make_task, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def images(bucket, settings, tmp_path):
    """Five pictures in the data folder, from before there was a bucket."""
    settings.EXPORTS_ROOT = tmp_path / "exports"
    settings.STORAGE = "local"
    made = [make_image() for _ in range(5)]
    settings.STORAGE = "s3"
    return made


def here():
    return {entry.name for entry in folder.entries("originals")}


def there(bucket):
    return {entry.name for entry in bucket.entries("originals")}


def test_all_files_move_there_and_back(images, bucket, settings, capsys, media_folder):
    names = {files.original_name(image) for image in images}
    job = ExportJob.objects.create(dataset=make_dataset(), state=ExportJob.State.DONE)
    folder.save(job.stored_name, b"zip")
    job.sha256 = hashlib.sha256(b"zip").hexdigest()
    job.save()

    call_command("move_files", "--to", "s3")

    assert "Moved 6 files to the bucket" in capsys.readouterr().out
    assert (here(), there(bucket)) == (set(), names)
    assert not list((media_folder / "originals").iterdir())
    assert bucket.read(job.stored_name) == b"zip"
    assert all(files.is_intact(image) for image in images)

    settings.STORAGE = "local"
    call_command("move_files", "--to", "local")

    assert (here(), there(bucket)) == (names, set())
    assert path_of(job.stored_name).read_bytes() == b"zip"
    assert not bucket.has(job.stored_name)
    assert all(files.is_intact(image) for image in images)
    assert path_of(files.original_name(images[0])).stat().st_mode & 0o777 == 0o600


def test_it_stops_when_asked_to_and_goes_on_when_called_again(images, bucket, monkeypatch):
    monkeypatch.setattr(moving, "AT_A_TIME", 1)
    keep, sent = bucket.keep, []

    def stopped_at_the_second(name, source, **options):
        sent.append(name)
        if len(sent) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        keep(name, source, **options)

    monkeypatch.setattr(bucket, "keep", stopped_at_the_second)

    with pytest.raises(CommandError, match=r"Stopped. Moved \d files .* again to go on"):
        call_command("move_files", "--to", "s3")

    moved = there(bucket)
    assert 2 <= len(moved) < 5
    assert here() == {files.original_name(image) for image in images} - moved
    assert all(files.is_intact(image) for image in images)

    call_command("move_files", "--to", "s3")

    assert not here()
    assert len(sent) == 5  # none was sent twice
    assert all(files.is_intact(image) for image in images)


def test_what_was_sent_before_a_crash_is_not_sent_again(images, bucket, monkeypatch):
    name = files.original_name(images[0])
    bucket.keep(name, path_of(name).read_bytes())
    sent = []
    keep = bucket.keep
    monkeypatch.setattr(
        bucket, "keep", lambda name, *a, **k: (sent.append(name), keep(name, *a, **k))
    )

    call_command("move_files", "--to", "s3")

    assert name not in sent
    assert len(sent) == 4
    assert not here()


def test_a_damaged_file_is_named_and_stays(images, bucket, capsys):
    path = path_of(files.original_name(images[2]))
    path.write_bytes(b"rotten")

    with pytest.raises(CommandError, match=r"Moved 4 files .* 1 are damaged"):
        call_command("move_files", "--to", "s3")

    assert path.read_bytes() == b"rotten"
    assert str(path.stem) in capsys.readouterr().err
    assert len(there(bucket)) == 4


def test_what_comes_back_as_something_else_is_kept_here(images, bucket, monkeypatch):
    keep = bucket.keep
    monkeypatch.setattr(bucket, "keep", lambda name, source, **k: keep(name, b"other", **k))

    with pytest.raises(CommandError, match="5 are damaged"):
        call_command("move_files", "--to", "s3")

    assert len(here()) == 5


def test_a_storage_that_fails_ends_it_and_nothing_is_lost(images, bucket, monkeypatch):
    def fail(*_, **__):
        raise StorageUnavailable(5, "The object storage does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(bucket, "keep", fail)
        with pytest.raises(CommandError, match=r"does not answer\. Run the command again"):
            call_command("move_files", "--to", "s3")

    assert len(here()) == 5
    call_command("move_files", "--to", "s3")
    assert len(there(bucket)) == 5


def test_a_reader_finds_a_file_that_moves_under_its_hands(images, bucket, settings, monkeypatch):
    name = files.original_name(images[0])
    data = path_of(name).read_bytes()
    bucket.keep(name, data)
    path_of(name).unlink()
    read = bucket.read

    def moved_meanwhile(name):
        bucket.remove(name)
        folder.save(name, data)
        return read(name)

    monkeypatch.setattr(bucket, "read", moved_meanwhile)

    assert stored.read(name) == data


def test_it_says_what_to_set_first(bucket, settings):
    settings.STORAGE = "local"
    with pytest.raises(CommandError, match="set STORAGE=s3, restart the app"):
        call_command("move_files", "--to", "s3")

    settings.STORAGES = {key: value for key, value in settings.STORAGES.items() if key != "bucket"}
    with pytest.raises(CommandError, match="set S3_BUCKET"):
        call_command("move_files", "--to", "local")


def test_pictures_that_a_training_reads_stay_where_they_are(images):
    TrainingRun.objects.create(task=make_task(), requested_by=make_user(), state="training")

    with pytest.raises(CommandError, match="1 trainings or predictions"):
        call_command("move_files", "--to", "s3")
