"""Folders and zips become samples: each file's fate is known, and nothing is made twice."""

import threading

import pytest
from django.db import connections
from django.utils import timezone

from annotator.datasets.models import Dataset, Sample
from annotator.errors import BadInput, WrongState
from annotator.images import ahead
from annotator.images.models import Image
from annotator.imports import actions, jobs, spool, sweeps
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.queries import progress_of
from tests.factories import make_dataset, make_remote
from tests.imports.importing import (
    import_all,
    mixed_folder,
    read_all,
    receive_all,
    states_of,
    zipped,
)
from tests.pictures import draw, encoded, picture

pytestmark = pytest.mark.django_db

FileState = ImportedFile.State


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


def test_what_a_person_should_know_of_a_picture_is_in_the_line_of_its_file(dataset):
    pages = encoded(draw(seed=1), "TIFF", save_all=True, append_images=[draw(seed=2)])

    done = import_all(dataset, {"a.tif": pages, "b.zip": zipped({"c.png": picture()})})

    lines = done.files.order_by("path").values_list("state", "reason")
    assert list(lines) == [
        (FileState.STORED, "Only the first of its pictures was taken."),
        (FileState.STORED, ""),
    ]


def test_what_was_received_is_kept_from_others(dataset, data_folder):
    image_import = actions.begin(dataset, by=None)
    actions.receive(image_import, path="../../a.png", chunks=[picture()])
    actions.receive(image_import, path="b.png", chunks=[picture()])

    (folder,) = (data_folder / "imports").iterdir()
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert image_import.files.get(path="../../a.png").state == FileState.REFUSED


def test_a_cancelled_import_stops_at_the_next_file_and_keeps_its_samples(dataset, monkeypatch):
    image_import = receive_all(dataset, {f"{n}.png": picture(seed=n) for n in range(4)})
    make = ahead.make_stored_image

    def cancel_at_the_third(*args, **kwargs):
        if kwargs["name"] == "2.png":
            actions.cancel(ImageImport.objects.get(), by=None)
        return make(*args, **kwargs)

    monkeypatch.setattr(ahead, "make_stored_image", cancel_at_the_third)
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
