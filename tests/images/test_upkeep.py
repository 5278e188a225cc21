"""The sweep of unneeded files, and the search for damaged ones."""

import os
import time

import pytest
from django.core.management import CommandError, call_command

from annotator.images import files, jobs, paths, sweeps
from annotator.images.models import Image
from annotator.storage.writing import TEMPORARY
from tests.factories import make_image, make_object, make_pending_image, original_path

pytestmark = pytest.mark.django_db


def grow_old(folder):
    long_ago = time.time() - 2 * sweeps.KEEP_SECONDS
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (long_ago, long_ago))


def sweep_everything():
    return sum(sweeps.sweep_folder(f"{number:02x}") for number in range(256))


def all_files(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


def test_the_sweep_takes_what_no_image_needs_and_leaves_the_rest(media_folder):
    kept, gone = make_image(), make_image()
    files.preview(kept)
    files.crop(make_object(kept))
    needed = all_files(media_folder) - set(media_folder.rglob(f"*{gone.sha256}*"))
    files.preview(gone)
    files.crop(make_object(gone))
    gone.delete()
    left_by_child = paths.incoming_path()
    left_by_child.write_bytes(b"x")
    broken_off = original_path(kept).with_name(f"{kept.sha256}.png.1234{TEMPORARY}")
    broken_off.write_bytes(b"half")
    grow_old(media_folder)

    deleted = sweep_everything()

    assert deleted == 6
    assert all_files(media_folder) == needed


def test_the_sweep_leaves_young_files_alone(media_folder):
    make_image().delete()

    assert sweep_everything() == 0


def test_a_file_that_was_sent_again_is_young_again(media_folder):
    image = make_image(seed=5)
    path = original_path(image)
    Image.objects.all().delete()
    grow_old(media_folder)
    make_image(seed=5)
    Image.objects.all().delete()  # as if its row were not written yet

    sweep_everything()

    assert path.exists()


def test_the_sweep_job_takes_one_folder_by_the_clock(monkeypatch):
    asked = []
    monkeypatch.setattr(sweeps, "sweep_folder", asked.append)

    jobs.sweep_files()

    assert len(asked) == 1
    assert int(asked[0], 16) < 256


def test_intact_files_pass(capsys):
    make_image()

    call_command("verify_media")

    assert "All 1 files are intact." in capsys.readouterr().out


def test_damaged_and_missing_files_are_found_and_marked(capsys):
    rotten, missing, mirrored, whole = (make_image() for _ in range(4))
    mirrored.remote_key = "there"
    mirrored.save()
    for image in (missing, mirrored):
        original_path(image).unlink()
    path = original_path(rotten)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)

    with pytest.raises(CommandError, match="3 of 4"):
        call_command("verify_media", "--mark")

    states = {image.pk: image.state for image in Image.objects.all()}
    assert states == {
        rotten.pk: Image.State.MISSING,
        missing.pk: Image.State.MISSING,
        mirrored.pk: Image.State.PENDING,
        whole.pk: Image.State.STORED,
    }


def test_a_mirrored_image_without_its_file_is_not_asked_for_it():
    make_pending_image()

    call_command("verify_media")
