"""Storing, sharing and removing images."""

import threading

import pytest
from django.db import connections

from annotator.accounts.models import AuditEvent, Role
from annotator.errors import BadInput, WrongState
from annotator.images import actions, files
from annotator.images.models import Image
from tests.factories import (
    make_image,
    make_member,
    make_pending_image,
    make_workspace,
    original_path,
)
from tests.pictures import picture, turned_photo

pytestmark = pytest.mark.django_db


def stored_files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_stored_image_has_its_file_and_its_facts(media_folder):
    admin = make_member(Role.ADMIN)

    image, created = actions.store_image(
        admin.workspace, turned_photo(), name="../../etc/card.jpg", by=admin.user
    )

    assert created
    assert image.name == "card.jpg"
    assert (image.width_px, image.height_px, image.format) == (48, 64, "jpeg")
    assert original_path(image).stat().st_size == image.size_bytes
    assert files.is_intact(image)
    assert AuditEvent.objects.get().action == "image.upload"
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in media_folder.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


def test_the_same_bytes_are_one_image_per_workspace_and_one_file(media_folder):
    here, there = make_workspace(), make_workspace()

    first, _ = actions.store_image(here, picture(), name="first.png")
    again, created = actions.store_image(here, picture(), name="again.png")
    elsewhere, created_there = actions.store_image(there, picture())

    assert (again, created) == (first, False)
    assert created_there
    assert elsewhere != first
    assert len(stored_files(media_folder / "originals")) == 1


def test_a_lost_file_comes_back_with_the_next_upload():
    image = make_image(seed=1)
    original_path(image).unlink()

    again, created = actions.store_image(image.workspace, picture(seed=1))

    assert (again, created) == (image, False)
    assert files.is_intact(again)


def test_a_crash_between_file_and_row_leaves_no_row_without_its_file(monkeypatch, media_folder):
    def crash(picture):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "store", crash)

    with pytest.raises(KeyboardInterrupt):
        actions.store_image(make_workspace(), picture())

    assert not Image.objects.exists()


def test_a_write_that_fails_leaves_nothing_behind(monkeypatch, media_folder):
    def disk_full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("annotator.storage.writing.os.fsync", disk_full)

    with pytest.raises(OSError, match="No space"):
        actions.store_image(make_workspace(), picture())

    assert not stored_files(media_folder)
    assert not Image.objects.exists()


def test_a_mirrored_image_takes_its_file():
    image = make_pending_image()

    actions.fill_image(image, picture())

    image.refresh_from_db()
    assert image.is_stored
    assert files.is_intact(image)


def test_a_mirrored_image_stays_as_it_was_when_the_file_is_no_picture():
    image = make_pending_image()

    with pytest.raises(BadInput):
        actions.fill_image(image, b"<html>not found</html>")

    image.refresh_from_db()
    assert image.state == Image.State.PENDING


def test_an_unused_image_can_be_deleted():
    admin = make_member(Role.ADMIN)
    image = make_image(admin.workspace)

    actions.delete_image(image, by=admin.user)

    assert not Image.objects.exists()


def test_an_image_in_a_sample_is_kept():
    from annotator.datasets.models import Dataset, Sample, SampleImage

    admin = make_member(Role.ADMIN)
    image = make_image(admin.workspace)
    sample = Sample.objects.create(
        dataset=Dataset.objects.create(workspace=admin.workspace, name="Cards")
    )
    SampleImage.objects.create(sample=sample, image=image)

    with pytest.raises(WrongState, match="used in a sample"):
        actions.delete_image(image, by=admin.user)

    assert Image.objects.get() == image
    assert not AuditEvent.objects.exists()


def store_at_once(workspace, *, threads=4):
    """Send one picture several times at the same moment: (images, how many were new, errors)."""
    start, results, errors = threading.Barrier(threads), [], []

    def send():
        try:
            start.wait(timeout=30)
            results.append(actions.store_image(workspace, picture(seed=9)))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    return {image.pk for image, _ in results}, sum(created for _, created in results), errors


def test_one_picture_sent_four_times_at_once_is_one_image(transactional_db):
    ids, created, errors = store_at_once(make_workspace())

    assert not errors
    assert (len(ids), created) == (1, 1)
    assert Image.objects.count() == 1
