"""Answers with pictures beside them: which sample a row is about, boxes, and what is refused."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.datasets.models import Sample, VariableValue
from annotator.datasets.models.attachment import SampleObject
from annotator.images.models import Image
from annotator.imports.answers import actions, work
from annotator.imports.models import AnswerImport
from annotator.leases import MAX_LOSSES
from tests.factories import make_sample, make_variable
from tests.imports.answering import check, counts, opened, problems, run, undo, work_all
from tests.imports.importing import import_all
from tests.pictures import picture, png_of_zeros

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(dataset, tmp_path):
    """A folder of pictures of one name, and a table that names them by their paths."""
    make_variable(dataset=dataset, name="grade", type="float")
    for place in ("x", "y"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "IMG_1.png").write_bytes(picture(seed=hash(place) % 1000))
    (tmp_path / "labels.csv").write_text("file_name,grade\nx/IMG_1.png,1\ny/IMG_1.png,2\n")
    return tmp_path


def grades():
    rows = VariableValue.objects.filter(is_set=True, sample__removed_at=None)
    return sorted(rows.values_list("value", flat=True))


def test_pictures_of_one_name_are_two_samples(dataset, folder):
    done = run(opened(dataset, folder))

    assert (done.samples_made, counts(done)) == (2, (2, 0, 0, 0))
    assert sorted(Image.objects.values_list("path", flat=True)) == ["x/IMG_1.png", "y/IMG_1.png"]
    assert grades() == [1.0, 2.0]


def test_pictures_that_take_longer_than_a_chunk_are_read_in_several(dataset, folder):
    one = opened(dataset, folder)
    actions.start_import(one, by=None)

    assert work.work(one, seconds=0)
    one.refresh_from_db()
    assert (one.position, grades(), Image.objects.count()) == (1, [1.0], 1)

    assert counts(work_all(one, seconds=0)) == (2, 0, 0, 0)
    assert grades() == [1.0, 2.0]


def test_a_full_disk_is_no_fault_of_the_rows(dataset, folder, monkeypatch):
    one = opened(dataset, folder)
    actions.start_import(one, by=None)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("annotator.images.files.store", full)
        for _ in range(MAX_LOSSES + 1):
            AnswerImport.objects.update(leased_until=timezone.now())
            with pytest.raises(OSError, match="No space"):
                work.work(one, seconds=60)
    AnswerImport.objects.update(leased_until=timezone.now())

    assert counts(work_all(one, seconds=60)) == (2, 0, 0, 0)


def test_the_same_folder_again_changes_nothing(dataset, folder):
    run(opened(dataset, folder))

    again = run(opened(dataset, folder))

    assert (again.samples_made, counts(again)) == (0, (0, 0, 2, 0))
    assert Sample.objects.count() == 2


def test_a_check_makes_no_sample_and_counts_them(dataset, folder):
    checked = check(opened(dataset, folder))

    assert (checked.samples_made, counts(checked)) == (2, (2, 0, 0, 0))
    assert not Sample.objects.exists()
    assert not Image.objects.exists()


def test_an_undo_removes_samples_that_the_import_made_and_nobody_has_touched(dataset, folder):
    done = run(opened(dataset, folder))

    undo(done)

    assert not Sample.objects.in_dataset(dataset).exists()


def test_a_file_name_that_several_pictures_have_is_refused(dataset, folder):
    (folder / "labels.csv").write_text("file_name,grade\nimg_1.png,1\nx/img_1.PNG,2\n")

    done = run(opened(dataset, folder))

    assert problems(done) == [(2, "file_name", "img_1.png")]
    assert grades() == [2.0]


def test_answers_alone_find_the_pictures_that_an_import_has_brought(dataset, folder):
    files = {f"set/{place}/IMG_1.png": picture(seed=number) for number, place in enumerate("xy")}
    import_all(dataset, files | {"set/B.png": picture(seed=9)})
    table = folder / "alone" / "labels.csv"
    table.parent.mkdir()
    table.write_text("file_name,grade\nx/IMG_1.png,1\nb.PNG,3\nz.png,4\n")

    done = run(opened(dataset, table))

    assert grades() == [1.0, 3.0]
    assert problems(done) == [(4, "file_name", "z.png")]
    owner = VariableValue.objects.get(value=1.0).sample
    assert owner.images.get().path == "set/x/IMG_1.png"


def test_a_picture_that_cannot_be_read_refuses_its_row(dataset, folder):
    (folder / "x" / "IMG_1.png").write_bytes(b"no picture")

    done = run(opened(dataset, folder))

    assert problems(done) == [(2, "file_name", "x/IMG_1.png")]
    assert grades() == [2.0]


def cut(data):
    return data[: len(data) * 2 // 3]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not found</html>",
        b"PK\x03\x04",
        cut(picture(300, 200, kind="PNG")),
        cut(picture(300, 200, kind="JPEG")),
        cut(picture(300, 200, kind="WEBP")),
        png_of_zeros(20_000, 20_000),
    ],
)
def test_a_check_says_which_pictures_cannot_be_read(dataset, folder, data):
    (folder / "x" / "IMG_1.png").write_bytes(data)

    checked = check(opened(dataset, folder))

    assert (checked.samples_made, problems(checked)) == (1, [(2, "file_name", "x/IMG_1.png")])
    (refusal,) = checked.refusals.all()
    done = run(checked)
    assert (problems(done), grades()) == ([(2, "file_name", "x/IMG_1.png")], [2.0])
    assert done.refusals.get().reason == refusal.reason


def test_a_check_looks_at_each_of_several_pictures(dataset, folder):
    (folder / "x" / "two.png").write_bytes(b"no picture")
    (folder / "labels.csv").write_text("file_name,grade\nx/IMG_1.png;x/two.png,1\n")

    checked = check(opened(dataset, folder))

    assert "x/two.png" in checked.refusals.get().reason


def test_a_check_passes_pictures_that_their_sample_does_not_need(dataset, folder):
    run(opened(dataset, folder))
    Sample.objects.filter(images__path="x/IMG_1.png").update(external_id="7")
    (folder / "x" / "IMG_1.png").write_bytes(b"no picture")
    (folder / "labels.csv").write_text("id,file_name,grade\n7,x/IMG_1.png,5\n")

    assert counts(check(opened(dataset, folder))) == (0, 1, 0, 0)


def test_boxes_of_coco_become_detection_objects_once(dataset, tmp_path):
    (tmp_path / "a.png").write_bytes(picture(64, 48, seed=1))
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 128, "height": 96}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [20, 10, 40, 30]}],
        "categories": [{"id": 7, "name": "cat"}],
    }
    (tmp_path / "instances.json").write_text(json.dumps(coco))

    done = run(opened(dataset, tmp_path))
    again = run(opened(dataset, tmp_path))

    thing = SampleObject.objects.get().detection_object
    assert (thing.label.name, thing.bbox) == ("cat", [10, 5, 30, 20])
    assert (done.samples_made, again.samples_made) == (1, 0)

    undo(done)

    assert not Sample.objects.in_dataset(dataset).exists()


def write_coco(folder, count):
    """A folder of so many pictures, each with a box."""
    numbers = range(count)
    for number in numbers:
        (folder / f"{number}.png").write_bytes(picture(64, 48, seed=number))
    coco = {
        "images": [
            {"id": number, "file_name": f"{number}.png", "width": 64, "height": 48}
            for number in numbers
        ],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 7, "bbox": [20, 10, 40, 30]}
            for number in numbers
        ],
        "categories": [{"id": 7, "name": "cat"}],
    }
    (folder / "instances.json").write_text(json.dumps(coco))


def test_importing_again_takes_no_more_reads_for_more_pictures_and_boxes(dataset, tmp_path):
    def reads(count):
        write_coco(tmp_path, count)
        run(opened(dataset, tmp_path))
        with CaptureQueriesContext(connection) as queries:
            again = run(opened(dataset, tmp_path))
        assert counts(again) == (0, 0, count, 0)
        return sum(query["sql"].startswith("SELECT") for query in queries)

    assert reads(6) == reads(2)


def test_a_whole_answer_is_read_back_by_the_datasets_template(dataset, tmp_path):
    make_variable(dataset=dataset, name="grade", type="float")
    make_sample(dataset=dataset, name="a")
    row = {
        "messages": [
            {"role": "user", "content": "How good?"},
            {"role": "assistant", "content": '{"grade": 7.5}'},
        ],
        "image": "a.png",
    }
    wrong = {**row, "messages": [*row["messages"][:1], {"role": "assistant", "content": "good"}]}
    path = tmp_path / "chat.jsonl"
    path.write_text("\n".join(map(json.dumps, [row, wrong | {"image": "b.png"}])))
    make_sample(dataset=dataset, name="b")

    done = run(opened(dataset, path))

    assert grades() == [7.5]
    assert done.refused == 1
