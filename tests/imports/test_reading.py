"""Folders and zips become samples: each file's fate is known, and nothing is made twice."""

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import AuditEvent
from annotator.datasets.models import Dataset, Sample
from annotator.errors import BadInput, WrongState
from annotator.images.models import Image
from annotator.imports import actions, jobs, reading, spool, sweeps, zips
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.queries import progress_of
from annotator.leases import MAX_LOSSES
from tests.factories import make_dataset, make_remote
from tests.imports.importing import import_all, read_all, receive_all
from tests.pictures import draw, encoded, picture, png_of_zeros, turned_photo
from tests.services import database_url

pytestmark = pytest.mark.django_db

FileState = ImportedFile.State


def states_of(image_import):
    return dict(image_import.files.values_list("path", "state"))


def zipped(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def mixed_folder(good=195, folders=50):
    """Files as people have them: good ones of all formats and sizes, and five that are not."""
    kinds = ["JPEG", "PNG", "WEBP", "GIF"]
    files = {}
    for number in range(good):
        kind = kinds[number % 4]
        if number % 10 == 0:
            data = turned_photo(seed=number, orientation=number % 8 + 1)
            kind = "JPEG"
        else:
            size = {"width": 40 + number, "height": 30 + number * 2 % 90}
            data = picture(seed=number, kind=kind, **size)
        files[f"photos/{number // folders}/{number}.{kind.lower()}"] = data
    return files | {
        "photos/broken.jpg": picture(kind="JPEG")[:500],
        "photos/notes.txt": b"not a picture",
        "photos/page.png": b"<html><script>alert(1)</script></html>",
        "photos/empty.gif": b"",
        "photos/bomb.png": png_of_zeros(20_000, 20_000),
        "photos/.DS_Store": b"clutter",
        "photos/__MACOSX/._1.jpg": b"clutter",
    }


def test_two_hundred_mixed_files_go_in_with_a_line_for_each(dataset):
    done = import_all(dataset, mixed_folder(), test_percent=20)

    assert done.state == ImageImport.State.DONE
    progress = progress_of(done)
    assert (progress.total, progress.stored, progress.refused) == (200, 195, 5)
    assert progress.samples == Sample.objects.count() == 195
    assert (
        Sample.objects.filter(test=True).count() == 39 + 1
    )  # 20 % of 200 groups, refused ones too
    refused = done.files.filter(state=FileState.REFUSED)
    assert all(file.reason for file in refused)
    turned = Image.objects.get(name="50.jpeg")  # 50 % 8 + 1 = 3: upside down
    assert (turned.width_px, turned.height_px) == (64, 48)
    assert not spool.folder_of(done).exists()


def test_samples_come_in_natural_order_with_the_names_of_their_files(dataset):
    import_all(dataset, {f"f/{n}.png": picture(seed=n) for n in (10, 2, 1)})

    assert list(Sample.objects.values_list("name", flat=True)) == ["1", "2", "10"]


@pytest.mark.parametrize("grouping", ["prefix", "folder"])
def test_a_group_is_one_sample_with_its_pictures_in_order(dataset, grouping):
    files = {f"set/card7/card7_{n}.png": picture(seed=n) for n in (10, 9, 1)}

    import_all(dataset, files, grouping=grouping)

    sample = Sample.objects.get()
    assert sample.name == "card7"
    assert sample.type == Sample.Type.MULTI_ORDERED
    names = sample.sample_images.order_by("order").values_list("image__name", flat=True)
    assert list(names) == ["card7_1.png", "card7_9.png", "card7_10.png"]


def test_a_broken_picture_leaves_the_rest_of_its_group(dataset):
    files = {"a_1.png": picture(seed=1), "a_2.png": b"broken", "a_3.png": picture(seed=3)}

    import_all(dataset, files, grouping="prefix")

    assert Sample.objects.get().images.count() == 2


@pytest.mark.parametrize("grouping", ["each", "prefix", "folder"])
def test_the_same_folder_again_adds_nothing_and_says_so(dataset, grouping):
    files = {f"set/{n // 2}/a{n // 2}_{n}.png": picture(seed=n) for n in range(6)}
    import_all(dataset, files, grouping=grouping)
    before = Sample.objects.count()

    again = import_all(dataset, files, grouping=grouping)

    assert Sample.objects.count() == before
    assert set(states_of(again).values()) == {FileState.ALREADY}
    assert "is in the sample" in again.files.first().reason


def test_the_same_picture_under_two_names_is_placed_once(dataset):
    done = import_all(dataset, {"a.png": picture(), "b.png": picture()})

    assert states_of(done) == {"a.png": FileState.STORED, "b.png": FileState.ALREADY}
    assert Sample.objects.count() == 1


def test_a_picture_that_another_dataset_has_is_added_here_too(admin, dataset):
    import_all(make_dataset(workspace=admin.workspace), {"a.png": picture()})

    done = import_all(dataset, {"a.png": picture()})

    assert states_of(done) == {"a.png": FileState.STORED}
    assert Image.objects.count() == 1


@pytest.mark.parametrize(("state", "samples"), [("unlabeled", 1), ("submitted", 2)])
def test_a_late_picture_joins_its_group_while_nobody_has_labelled_it(dataset, state, samples):
    front = {"card_front.png": picture(seed=1)}
    import_all(dataset, front, grouping="prefix")
    Sample.objects.update(state=state)

    import_all(dataset, {**front, "card_rear.png": picture(seed=2)}, grouping="prefix")

    assert Sample.objects.count() == samples
    assert Image.objects.count() == 2


def test_one_file_sent_twice_is_one_line(dataset):
    image_import = actions.begin(dataset, by=None)
    for _ in range(2):
        actions.receive(image_import, path="a.png", chunks=[picture()])

    assert image_import.files.count() == 1


def test_a_file_over_the_limit_is_refused_while_it_comes(dataset, settings):
    settings.IMAGE_MAX_BYTES = 10
    image_import = actions.begin(dataset, by=None)

    actions.receive(image_import, path="a.png", chunks=[b"12345678", b"90123"])

    assert states_of(image_import) == {"a.png": FileState.REFUSED}
    assert not list(spool.folder_of(image_import).iterdir())


def test_what_was_received_is_kept_from_others(dataset, data_folder):
    image_import = actions.begin(dataset, by=None)
    actions.receive(image_import, path="../../a.png", chunks=[picture()])
    actions.receive(image_import, path="b.png", chunks=[picture()])

    (folder,) = (data_folder / "imports").iterdir()
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert image_import.files.get(path="../../a.png").state == FileState.REFUSED


# Workers die, jobs come twice ------------------------------------------------------------------


def test_a_worker_that_dies_leaves_its_place_to_the_next(dataset, monkeypatch):
    files = {f"{n}_{side}.png": picture(seed=10 * n + side) for n in range(3) for side in (1, 2)}
    image_import = receive_all(dataset, files, grouping="prefix")
    make, calls = reading.store_image, []

    def die_at_the_fourth(*args, **kwargs):
        calls.append(kwargs["name"])
        if len(calls) == 4:
            raise KeyboardInterrupt  # as good as a kill: nothing of ours runs after it
        return make(*args, **kwargs)

    monkeypatch.setattr(reading, "store_image", die_at_the_fourth)
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


KILLED_BY_AN_IMAGE = """
import django, os, signal, sys
django.setup()
from annotator.imports import reading
from annotator.imports.models import ImageImport
reading.store_image = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
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
    image_import = receive_all(dataset, {"a.png": picture()})

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading, "store_image", full)
    with pytest.raises(OSError, match="No space"):
        reading.work(image_import, seconds=60)

    file = image_import.files.get()
    assert (file.state, file.attempts) == (FileState.WAITING, 0)


def test_a_cancelled_import_stops_at_the_next_file_and_keeps_its_samples(dataset, monkeypatch):
    image_import = receive_all(dataset, {f"{n}.png": picture(seed=n) for n in range(4)})
    make = reading.store_image

    def cancel_at_the_third(*args, **kwargs):
        if kwargs["name"] == "2.png":
            actions.cancel(ImageImport.objects.get(), by=None)
        return make(*args, **kwargs)

    monkeypatch.setattr(reading, "store_image", cancel_at_the_third)
    read_all(image_import)

    assert image_import.state == ImageImport.State.CANCELLED
    assert Sample.objects.count() == 2
    assert not spool.folder_of(image_import).exists()


def test_an_import_that_ended_cannot_be_started_or_cancelled_or_fed(dataset):
    done = import_all(dataset, {"a.png": picture()})

    for late in (
        lambda: actions.start(done, by=None),
        lambda: actions.cancel(done, by=None),
        lambda: actions.receive(done, path="b.png", chunks=[b""]),
    ):
        with pytest.raises(WrongState):
            late()


def test_an_import_without_files_ends_at_once(dataset):
    assert import_all(dataset, {}).state == ImageImport.State.DONE


def test_a_mirrored_dataset_takes_no_pictures(dataset):
    Dataset.objects.update(remote=make_remote(workspace=dataset.workspace), remote_key="there")
    dataset.refresh_from_db()

    with pytest.raises(WrongState, match="copy"):
        actions.begin(dataset, by=None)


@pytest.mark.parametrize("choices", [{"grouping": "odd"}, {"test_percent": 101}])
def test_a_choice_that_does_not_exist_is_refused(dataset, choices):
    with pytest.raises(BadInput):
        actions.begin(dataset, by=None, **choices)


def test_the_job_works_for_a_while_and_queues_the_rest(dataset, monkeypatch):
    enqueued = []
    monkeypatch.setattr(jobs, "enqueue_on_commit", lambda job, *args: enqueued.append(args))
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0.000001)
    image_import = receive_all(dataset, {f"{n}.png": picture(seed=n) for n in range(2)})

    jobs.read_pictures(str(image_import.pk))
    assert (Sample.objects.count(), enqueued) == (1, [(str(image_import.pk),)])

    jobs.read_pictures(str(image_import.pk))
    jobs.read_pictures(str(image_import.pk))  # harmless
    assert (Sample.objects.count(), len(enqueued)) == (2, 1)


def test_the_sweep_finds_what_no_worker_holds_and_discards_what_was_left_lying(
    dataset, monkeypatch
):
    enqueued = []
    monkeypatch.setattr(jobs, "enqueue_on_commit", lambda job, *args: enqueued.append(args))
    lost = receive_all(dataset, {"a.png": picture()})
    held = receive_all(dataset, {"a.png": picture()})
    ImageImport.objects.filter(pk=held.pk).update(leased_until=timezone.now() + ImageImport.LEASE)
    lying = actions.begin(dataset, by=None)
    ImageImport.objects.filter(pk=lying.pk).update(created_at=timezone.now() - 2 * sweeps.KEEP)

    jobs.sweep_imports()

    assert enqueued == [(str(lost.pk),)]
    lying.refresh_from_db()
    assert lying.state == ImageImport.State.CANCELLED


def test_leftovers_of_ended_and_deleted_imports_are_removed(dataset, data_folder):
    ended, gone, going = (actions.begin(dataset, by=None) for _ in range(3))
    for image_import in (ended, gone, going):
        actions.receive(image_import, path="a.png", chunks=[picture()])
    ImageImport.objects.filter(pk=ended.pk).update(state=ImageImport.State.DONE)
    ImageImport.objects.filter(pk=gone.pk).delete()

    assert sweeps.remove_leftovers() == 2
    assert [path.name for path in (data_folder / "imports").iterdir()] == [str(going.pk)]


def import_in_thread(image_import, start, errors):
    try:
        start.wait(timeout=30)
        read_all(image_import)
    except Exception as error:
        errors.append(error)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_one_folder_imported_twice_at_once_makes_each_sample_once(dataset):
    files = {f"{n}.png": picture(seed=n) for n in range(6)}
    start, errors = threading.Barrier(2), []
    threads = [
        threading.Thread(target=import_in_thread, args=(receive_all(dataset, files), start, errors))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not errors
    assert Sample.objects.count() == 6
    assert ImportedFile.objects.filter(state=FileState.STORED).count() == 6
    assert ImportedFile.objects.filter(state=FileState.ALREADY).count() == 6


# Zips ------------------------------------------------------------------------------------------


def test_a_zip_gives_its_pictures_and_says_what_it_left_out(dataset):
    files = {
        "1/front.png": picture(seed=1),
        "1/rear.png": picture(seed=2),
        "2/front.png": picture(seed=3),
        "2/notes.txt": b"no picture",
        "__MACOSX/1/._front.png": b"clutter",
        "1/.DS_Store": b"clutter",
    }

    done = import_all(dataset, {"cards.zip": zipped(files)}, grouping="folder")

    assert states_of(done) == {
        "cards.zip/1/front.png": FileState.STORED,
        "cards.zip/1/rear.png": FileState.STORED,
        "cards.zip/2/front.png": FileState.STORED,
        "cards.zip/2/notes.txt": FileState.REFUSED,
    }
    assert list(Sample.objects.values_list("name", flat=True)) == ["1", "2"]


def test_entries_that_lead_astray_are_refused_and_the_rest_goes_in(dataset, data_folder):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    files = {
        "../../evil.png": picture(seed=1),
        "/etc/evil.png": picture(seed=2),
        "C:\\evil.png": picture(seed=3),
        link: b"/etc/passwd",
        "good.png": picture(seed=4),
    }

    done = import_all(dataset, {"a.zip": zipped(files)})

    assert Sample.objects.get().name == "good"
    assert sorted(states_of(done).values()) == [FileState.REFUSED] * 4 + [FileState.STORED]
    assert not list(data_folder.parent.rglob("*evil*"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no zip at all", "not a zip"),
        (b"", "not a zip"),
        (zipped({"a.png": b"x"})[:-30], "not a zip"),
        (zipped({f"{n}.png": b"" for n in range(10_001)}), "more than 10,000"),
    ],
)
def test_a_zip_that_is_none_or_too_full_is_refused_as_a_whole(dataset, data, reason):
    done = import_all(dataset, {"a.zip": data})

    assert reason in done.files.get().reason
    assert not Sample.objects.exists()


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(dataset, monkeypatch):
    monkeypatch.setattr(zips, "MAX_ZIP_BYTES", 1_000_000)
    bomb = zipped({"a.png": bytes(2_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 10_000

    done = import_all(dataset, {"a.zip": bomb})

    assert "unpacks to more than" in done.files.get().reason


def zip_of_empty_files(count, *, claimed=None, zip64=True):
    """The bytes of a zip with so many empty entries; its classic record claims `claimed` of them."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a"
    table = entry * count
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(table), 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(table), 1)
    claimed = count if claimed is None else claimed
    size = 46 * claimed if zip64 else len(table)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, claimed, claimed, size, 0, 0)
    return table + (end64 + locator if zip64 else b"") + end


@pytest.mark.parametrize("zip64", [True, False])
@pytest.mark.parametrize("count", [20_000, 1_000_000])
def test_a_table_of_contents_is_not_read_when_it_is_larger_than_its_end_claims(
    tmp_path, count, zip64
):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of_empty_files(count, claimed=5, zip64=zip64))
    tracemalloc.start()

    with pytest.raises(BadInput, match="more than 10,000 files"):
        zips.entries_of(path)

    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


def test_a_zip64_record_within_the_limit_is_followed(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of_empty_files(3, claimed=0xFFFF))

    assert [entry.path for entry in zips.entries_of(path)] == ["a"] * 3


def test_what_a_person_should_know_of_a_picture_is_in_the_line_of_its_file(dataset):
    pages = encoded(draw(seed=1), "TIFF", save_all=True, append_images=[draw(seed=2)])

    done = import_all(dataset, {"a.tif": pages, "b.zip": zipped({"c.png": picture()})})

    lines = done.files.order_by("path").values_list("state", "reason")
    assert list(lines) == [
        (FileState.STORED, "Only the first of its pictures was taken."),
        (FileState.STORED, ""),
    ]


def test_a_damaged_entry_is_refused_alone(dataset):
    data = bytearray(zipped({"a.png": picture(seed=1), "b.png": picture(seed=2)}))
    data[60] ^= 0xFF

    done = import_all(dataset, {"a.zip": bytes(data)})

    assert sorted(states_of(done).values()) == [FileState.REFUSED, FileState.STORED]


# The command -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    for path, data in mixed_folder(good=20, folders=10).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def test_the_command_imports_a_folder_and_reports(dataset, folder, capsys):
    call_command("import_images", folder, dataset=dataset.name, group="folder", test_percent=50)

    out = capsys.readouterr().out
    assert "2 samples from 20 pictures, 0 already here, 5 refused" in out
    assert "Refused      photos/notes.txt: This is not an image" in out
    assert (folder / "0" / "1.png").exists()
    assert AuditEvent.objects.get().action == "import.start"


def test_the_command_says_when_nothing_was_added(dataset, folder):
    call_command("import_images", folder, dataset=dataset.name)

    with pytest.raises(CommandError, match=r"Nothing was added: 0 samples .* 20 already"):
        call_command("import_images", folder, dataset=dataset.name)


def test_the_command_makes_the_dataset_only_when_told_to(admin, folder):
    with pytest.raises(CommandError, match="--create"):
        call_command("import_images", folder, dataset="New")

    call_command("import_images", folder, dataset="New", create=True)

    assert Dataset.objects.get(name="New").samples.count() == 20


def test_the_command_asks_for_the_workspace_when_there_are_two(dataset, folder):
    make_dataset(name=dataset.name)

    with pytest.raises(CommandError, match="--workspace"):
        call_command("import_images", folder, dataset=dataset.name)

    call_command("import_images", folder, dataset=dataset.name, workspace=dataset.workspace.name)
    assert dataset.samples.count() == 20


def test_the_command_wants_a_folder(dataset, tmp_path):
    with pytest.raises(CommandError, match="not a folder"):
        call_command("import_images", tmp_path / "nowhere", dataset=dataset.name)
