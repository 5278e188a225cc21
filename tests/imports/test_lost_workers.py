"""Workers that die or stop while they read an import: who is blamed, and what goes on."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone

from annotator.datasets.models import Sample
from annotator.images import ahead
from annotator.imports import jobs, reading, spool
from annotator.imports.models import ImageImport, ImportedFile
from annotator.leases import MAX_LOSSES
from tests.imports.importing import import_all, read_all, receive_all, states_of, zipped
from tests.pictures import draw, encoded, picture
from tests.services import database_url

pytestmark = pytest.mark.django_db

FileState = ImportedFile.State


def test_a_worker_that_dies_leaves_its_place_to_the_next(dataset, monkeypatch):
    files = {f"{n}_{side}.png": picture(seed=10 * n + side) for n in range(3) for side in (1, 2)}
    image_import = receive_all(dataset, files, grouping="prefix")
    make, calls = ahead.make_stored_image, []

    def die_at_the_fourth(*args, **kwargs):
        calls.append(kwargs["name"])
        if len(calls) == 4:
            raise KeyboardInterrupt  # as good as a kill: nothing of ours runs after it
        return make(*args, **kwargs)

    monkeypatch.setattr(ahead, "make_stored_image", die_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        reading.work(image_import, seconds=60)
    assert not reading.work(image_import, seconds=60)  # still leased to the dead
    assert Sample.objects.count() == 1

    ImageImport.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    read_all(image_import)

    assert Sample.objects.count() == 3
    assert set(states_of(image_import).values()) == {FileState.STORED}
    assert len(calls) == 7  # the picture read before the kill was not read again


def test_work_goes_on_in_chunks_within_a_large_group_too(dataset):
    files = {f"set/{n}.png": picture(seed=n) for n in range(4)}
    image_import = receive_all(dataset, files, grouping="folder")
    chunks = 1

    while reading.work(image_import, seconds=0.000001):
        chunks += 1
        assert chunks < 20

    assert Sample.objects.get().images.count() == 4
    assert chunks > 3


def die(*args, **kwargs):
    """As good as a kill: nothing of ours runs after it."""
    raise KeyboardInterrupt


def kill_workers(image_import, times):
    """Let so many workers die while they work on the import."""
    for _ in range(times):
        with pytest.raises(KeyboardInterrupt):
            reading.work(image_import, seconds=60)
        ImageImport.objects.update(leased_until=timezone.now())


@pytest.mark.parametrize("place", ["spool.read", "zips.entries_of"])
def test_a_file_that_kills_three_workers_is_refused_and_the_rest_goes_in(
    dataset, monkeypatch, place
):
    is_zip = place.startswith("zips")
    bad = {"a.zip": zipped({"x.png": picture(seed=1)})} if is_zip else {"a.png": picture(seed=1)}
    image_import = receive_all(dataset, bad | {"b.png": picture(seed=2)})
    with monkeypatch.context() as patch:
        patch.setattr(f"annotator.imports.{place}", die)
        kill_workers(image_import, 3)

    read_all(image_import)

    assert list(states_of(image_import).values()) == [FileState.REFUSED, FileState.STORED]
    reason = image_import.files.get(state=FileState.REFUSED).reason
    assert "stopped unexpectedly 3 times while reading this file" in reason
    assert ImageImport.objects.get().losses == 0


def test_pictures_that_were_read_when_another_killed_the_worker_are_not_blamed(
    dataset, monkeypatch
):
    files = {f"{n}.png": picture(seed=n) for n in range(4)}
    image_import = receive_all(dataset, files)
    make = ahead.make_stored_image

    def die_of_the_first(*args, **kwargs):
        return die() if kwargs["name"] == "0.png" else make(*args, **kwargs)

    monkeypatch.setattr(ahead, "make_stored_image", die_of_the_first)
    kill_workers(image_import, 3)
    read_all(image_import)

    refused = {"0.png": FileState.REFUSED}
    assert states_of(image_import) == dict.fromkeys(files, FileState.STORED) | refused
    assert {file.attempts for file in image_import.files.exclude(path="0.png")} <= {1, 2}


KILLED_BY_AN_IMAGE = """
import django, os, signal, sys
django.setup()
from annotator.images import ahead
from annotator.imports import reading
from annotator.imports.models import ImageImport
ahead.make_stored_image = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
reading.work(ImageImport.objects.get(pk=sys.argv[1]), seconds=60)
"""


@pytest.mark.django_db(transaction=True)
def test_kills_by_the_system_are_counted_for_the_file_and_the_import(dataset, data_folder):
    image_import = receive_all(dataset, {"a.png": picture()})
    env = {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(data_folder),
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
    }
    counts = []

    for _ in range(3):
        command = [sys.executable, "-c", KILLED_BY_AN_IMAGE, str(image_import.pk)]
        killed = subprocess.run(
            command, env=os.environ | env, cwd=django_settings.BASE_DIR, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        counts.append((image_import.files.get().attempts, ImageImport.objects.get().losses))
        ImageImport.objects.update(leased_until=timezone.now())
    read_all(image_import)

    assert counts == [(1, 0), (2, 1), (3, 2)]
    assert states_of(image_import) == {"a.png": FileState.REFUSED}
    assert image_import.state == ImageImport.State.DONE


def test_an_import_that_kills_five_workers_fails_and_says_what_to_do(
    client, admin, dataset, monkeypatch
):
    image_import = receive_all(dataset, {"a.png": picture()})
    monkeypatch.setattr(reading, "_make_sample", die)
    kill_workers(image_import, MAX_LOSSES)

    jobs.sweep_imports()

    image_import.refresh_from_db()
    assert image_import.state == ImageImport.State.FAILED
    assert image_import.ended_at is not None
    assert "Import the files that were not read once more" in image_import.error
    assert not spool.folder_of(image_import).exists()
    client.force_login(admin.user)
    assert image_import.error in client.get(reverse("imports:detail", args=[image_import.pk])).text


@pytest.mark.both_databases
def test_a_picture_that_stops_the_child_is_refused_alone_and_no_worker_is_lost(
    dataset, monkeypatch
):
    heavy = encoded(draw(seed=9), "TIFF")  # read in the child
    files = {"a.png": picture(seed=1), "b.tif": heavy, "c.png": picture(seed=3)}
    monkeypatch.setattr("annotator.images.reading.HEAVY", "tests.child.tasks")

    done = import_all(dataset, files)

    assert done.state == ImageImport.State.DONE
    assert states_of(done) == {
        "a.png": FileState.STORED,
        "b.tif": FileState.REFUSED,
        "c.png": FileState.STORED,
    }
    refused = done.files.get(state=FileState.REFUSED)
    assert "stopped unexpectedly at this one, twice" in refused.reason
    assert refused.attempts == 1


def test_a_zip_that_takes_too_much_is_refused_alone(dataset, settings):
    settings.CHILD_SECONDS = 0.0001

    done = import_all(dataset, {"a.zip": zipped({"x.png": picture(seed=1)}), "b.png": picture()})

    assert states_of(done) == {"a.zip": FileState.REFUSED, "b.png": FileState.STORED}
    assert "too much memory or time to unpack" in done.files.get(path="a.zip").reason


def test_a_full_disk_is_no_fault_of_the_file(dataset, monkeypatch):
    image_import = receive_all(dataset, {f"{n}.png": picture(seed=n) for n in range(2)})

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ahead.files, "store", full)
    with pytest.raises(OSError, match="No space"):
        reading.work(image_import, seconds=60)

    for file in image_import.files.all():
        assert (file.state, file.attempts) == (FileState.WAITING, 0)
