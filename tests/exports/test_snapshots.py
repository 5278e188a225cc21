"""A snapshot stays as it was: exported again it gives the same bytes, and two say what changed."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import set_values
from annotator.datasets.models import Dataset, Origin, Prompt
from annotator.errors import BadInput
from annotator.exports import actions, jobs, writing
from annotator.exports.formats import FORMATS
from annotator.exports.snapshot_states import changes_between
from annotator.exports.writing import export_for
from annotator.images.models import DetectionObject
from annotator.leases import LeaseLost
from annotator.snapshots.actions import write_for_training
from annotator.snapshots.models import Snapshot
from annotator.storage import files as stored
from annotator.training import snapshot as training_snapshot
from annotator.training.models import TrainingRun
from tests.exports.shapes import add_sample
from tests.factories import make_member, make_task, make_variable, original_path

pytestmark = pytest.mark.django_db


def snapshot_of(dataset, query="", name="first"):
    job = actions.start_snapshot(dataset, by=None, name=name, query=query)
    jobs.write_export(str(job.pk))
    job.refresh_from_db()
    assert job.error == ""
    return job.snapshot


def export_bytes(dataset, name, query="", snapshot=None):
    dataset = Dataset.objects.with_prompts().get(pk=dataset.pk)
    export = export_for(dataset, format_name=name, query=query, snapshot=snapshot)
    return b"".join(export.stream())


def change_everything(dataset):
    """Values, prompts, names, the schema, the splits, boxes, and a sample more and one less."""
    sample = dataset.samples.order_by("created_at").first()
    grade = dataset.variables.get(name="grade")
    set_values(sample, {grade: 1.5}, origin=Origin.TYPED, by=None)
    Prompt.objects.update(content="Something else.")
    dataset.samples.filter(name="1").update(name="renamed", test=True, input_meta_data={})
    dataset.samples.filter(name="2").update(removed_at=dataset.created_at)
    dataset.variables.filter(name="count").update(max_value=3)
    make_variable(dataset=dataset, name="more", required=True)
    DetectionObject.objects.all().delete()
    Dataset.objects.filter(pk=dataset.pk).update(name="Another name")
    add_sample(dataset, name="new")


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_from_a_snapshot_is_that_of_its_moment_byte_for_byte(dataset, name):
    live = export_bytes(dataset, name)
    snapshot = snapshot_of(dataset)

    change_everything(dataset)

    assert export_bytes(dataset, name, snapshot=snapshot) == live
    assert export_bytes(dataset, name) != live


def test_what_a_training_was_given_is_exported_byte_for_byte_and_kept_once(
    dataset, client, tmp_path
):
    live = export_bytes(dataset, "trl")
    task = make_task(workspace=dataset.workspace, datasets=[dataset])
    run = TrainingRun.objects.create(task=task, backend="baseline")

    run.snapshot = training_snapshot.write_and_keep(run, tmp_path)
    assert training_snapshot.write_and_keep(run, tmp_path) == run.snapshot
    assert training_snapshot.write(run, tmp_path)["hash"] == run.snapshot["hash"]
    run.save()
    grade = dataset.variables.get(name="grade")
    set_values(dataset.samples.first(), {grade: 2.5}, origin=Origin.TYPED, by=None)
    later = training_snapshot.write_and_keep(run, tmp_path)["datasets"]
    change_everything(dataset)

    (kept, _) = sorted(dataset.snapshots.all(), key=lambda each: each.created_at)
    assert [row["snapshot"] for row in run.snapshot["datasets"]] == [str(kept.pk)]
    assert later != run.snapshot["datasets"]
    assert export_bytes(dataset, "trl", snapshot=kept) == live
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    for url in (
        reverse("training:run", args=[run.pk]),
        reverse("exports:snapshots", args=[dataset.pk]),
    ):
        page = client.get(url).content.decode()
        assert reverse("exports:snapshot", args=[kept.pk]) in page
    assert "by a training" in page


def test_what_changes_while_a_training_is_prepared_is_in_neither_its_folder_nor_its_snapshot(
    dataset, tmp_path, monkeypatch
):
    run = TrainingRun.objects.create(
        task=make_task(workspace=dataset.workspace, datasets=[dataset]), backend="baseline"
    )
    folder = tmp_path / "job"
    folder.mkdir()
    before = training_snapshot.write(run, folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    live = export_bytes(dataset, "trl")

    def write_then_change(*args, **kwargs):
        written = write_for_training(*args, **kwargs)
        change_everything(dataset)
        return written

    monkeypatch.setattr(training_snapshot, "write_for_training", write_then_change)
    summary = training_snapshot.write_and_keep(run, folder)

    assert summary["hash"] == before["hash"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert export_bytes(dataset, "trl", snapshot=dataset.snapshots.get()) == live


def test_a_training_that_can_not_start_keeps_no_snapshot(dataset, tmp_path, settings):
    dataset.samples.all().delete()
    run = TrainingRun(task=make_task(workspace=dataset.workspace, datasets=[dataset]))

    with pytest.raises(BadInput, match="training samples can be used"):
        training_snapshot.write_and_keep(run, tmp_path)

    assert not dataset.snapshots.exists()
    assert list(Path(settings.SNAPSHOTS_ROOT).iterdir()) == []


def test_a_snapshot_can_be_exported_in_parts(dataset):
    snapshot = snapshot_of(dataset)
    query = "variable=grade&test_percent=100&states=approved"
    live = export_bytes(dataset, "values", query)

    change_everything(dataset)

    assert export_bytes(dataset, "values", query, snapshot) == live
    with pytest.raises(BadInput, match="remove the filter"):
        export_bytes(dataset, "values", "q=1", snapshot)


def test_a_snapshot_holds_the_samples_that_were_chosen(dataset):
    snapshot = snapshot_of(dataset, "split=test")

    with zipfile.ZipFile(io.BytesIO(export_bytes(dataset, "values", snapshot=snapshot))) as archive:
        assert [json.loads(line)["name"] for line in archive.read("test.jsonl").splitlines()] == [
            "3"
        ]
        assert "train.jsonl" not in archive.namelist()
    assert (snapshot.samples, snapshot.query) == (1, "split=test")


def test_equal_data_have_equal_hashes(dataset):
    one, two = snapshot_of(dataset), snapshot_of(dataset, name="second")
    change_everything(dataset)
    three = snapshot_of(dataset, name="third")

    assert one.sha256 == two.sha256 != three.sha256
    assert one.schema == two.schema != three.schema
    assert one.path.read_bytes() == two.path.read_bytes()


def test_two_snapshots_say_what_changed(dataset):
    before = snapshot_of(dataset)
    assert not changes_between(before, snapshot_of(dataset, name="same"))

    change_everything(dataset)
    result = changes_between(before, snapshot_of(dataset, name="after"))

    groups = {group.label: [each.name for each in group.samples] for group in result.samples}
    assert groups == {
        "Added": ["new"],
        "Removed": ["2"],
        "Between training and test": ["renamed"],
        "Value of grade": ["0"],
        "Prompts and settings of the sample": ["renamed"],
    }
    assert {change.label for change in result.schema} >= {"count: max value", "more: type"}
    assert any("user prompt" in change.label for change in result.prompts)
    assert result.unchanged == 1


def test_an_export_can_keep_a_snapshot_of_what_went_in(dataset):
    job = actions.start(
        dataset,
        by=None,
        format_name="values",
        query="split=train&variable=grade",
        snapshot_name="kept",
    )
    jobs.write_export(str(job.pk))
    job.refresh_from_db()
    sent = stored.read(job.stored_name)

    change_everything(dataset)
    again = actions.start(
        dataset, by=None, format_name="values", query="variable=grade", snapshot=job.snapshot
    )
    jobs.write_export(str(again.pk))
    again.refresh_from_db()

    assert (job.snapshot.name, job.snapshot.samples) == ("kept", 3)
    assert stored.read(again.stored_name) == sent
    assert again.file_name == "kept-values.zip"


def test_a_worker_that_was_replaced_meanwhile_makes_no_second_snapshot(dataset):
    job = actions.start_snapshot(dataset, by=None, name="first")

    with pytest.raises(LeaseLost):
        writing.write(job)  # another worker has its lease

    assert not Snapshot.objects.exists()


def test_a_sample_whose_picture_was_deleted_is_left_out_by_name(dataset):
    snapshot = snapshot_of(dataset)
    image = dataset.samples.get(name="0").images.get()
    original_path(image).unlink()

    with zipfile.ZipFile(io.BytesIO(export_bytes(dataset, "values", snapshot=snapshot))) as archive:
        manifest = json.loads(archive.read("manifest.json"))

    (left_out,) = manifest["left_out"]
    assert (left_out["name"], left_out["reason"]) == (
        "0",
        "a picture of it was deleted since the snapshot",
    )


def test_a_snapshot_of_many_samples_takes_as_many_queries(dataset, django_assert_max_num_queries):
    for number in range(4, 30):
        add_sample(dataset, name=str(number))
    job = actions.start_snapshot(dataset, by=None, name="many")

    with django_assert_max_num_queries(24):
        jobs.write_export(str(job.pk))

    assert Snapshot.objects.get().samples == 30
