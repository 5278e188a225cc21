"""A remote dataset comes here whole, and again without changing a row."""

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.datasets.models import Dataset, Sample, SampleObject, VariableValue
from annotator.images.actions import fill_image
from annotator.images.models import Image
from annotator.mirror import actions, jobs
from annotator.mirror.files import MAX_ATTEMPTS
from annotator.mirror.models import MirrorRun
from annotator.training.models import ModelVersion, Task
from tests.mirror.conftest import GRADE, everything_is_due
from tests.pictures import draw, encoded

pytestmark = pytest.mark.django_db

State = MirrorRun.State


def everything():
    """Every row of the rooms that mirroring writes to, but for what says when it was seen."""
    rows = {}
    for room in ("datasets", "images", "training", "push"):
        for model in apps.get_app_config(room).get_models():
            fields = [f.attname for f in model._meta.concrete_fields if f.name != "remote_seen_at"]
            rows[model.__name__] = sorted(map(str, model.objects.values_list(*fields)))
    return rows


@pytest.mark.parametrize("announces", [None, ["values", "images", "objects"]])
def test_a_dataset_comes_here_with_all_that_is_in_it(mirror, platform, there, announces):
    platform.announces = announces

    run = mirror()

    dataset = Dataset.objects.get()
    assert (run.state, run.error) == (State.DONE, "")
    assert (run.done, run.total, run.report["new"]) == (3, 3, 3)
    assert (dataset.name, dataset.user_prompt.name) == ("Shoes", "Ask")
    assert dataset.result_template.format == "json"
    assert [v.name for v in dataset.variables.all()] == ["grade", "note"]
    one, two, three = Sample.objects.order_by("created_at")
    assert [s.name for s in (one, two, three)] == ["One", "Two", "Three"]
    assert (two.test, three.type, three.input_meta_data) == (True, "single", {"style": "x"})
    assert {v.variable.name: v.value for v in one.values.all()} == {"grade": 7.5, "note": "worn"}
    assert one.values.first().origin == "mirrored"
    assert (one.state, two.state) == ("approved", "unlabeled")
    assert one.own_user_prompt is None
    assert one.images.count() == 2
    assert set(Image.objects.values_list("state", flat=True)) == {"stored"}


@pytest.mark.parametrize("announces", [None, ["values", "images", "objects"]])
def test_mirroring_again_changes_no_row(mirror, platform, announces):  # M1
    platform.announces = announces
    mirror()
    before = everything()

    run = mirror()

    assert run.report["same"] == 3
    assert everything() == before


def test_a_second_start_joins_the_run_that_is_at_it(remote, there):  # M1
    from annotator.mirror.actions import start_mirror

    first = start_mirror(remote, there["id"], None)
    second = start_mirror(remote, there["id"], None)

    assert first == second


def test_one_list_call_brings_whole_samples_where_the_remote_announces_it(
    mirror, platform, fault_remote
):
    platform.announces = ["values", "images", "objects"]

    mirror()

    assert fault_remote.calls("GET", "sample-images") == []
    assert len(fault_remote.calls("GET", "/vlm/v2/sample/?")) == 1


def test_changes_on_the_remote_come_here(mirror, platform):
    mirror()
    sample = next(iter(platform.samples.values()))
    sample["name"] = "Uno"
    grade = next(v for v in platform.variables.values() if v["name"] == "grade")
    platform.values[sample["id"], grade["id"]] = {"value": 9.0}

    run = mirror()

    row = VariableValue.objects.get(variable__name="grade")
    assert Sample.objects.filter(name="Uno").exists()
    assert (row.value, row.rev, row.number) == (9.0, 2, 9.0)
    assert [r.value for r in row.history.all()] == [7.5, 9.0]
    assert run.report["changed"] == 1


def test_hidden_values_are_unknown_and_never_empty(mirror, platform):  # Q1
    mirror()
    before = set(VariableValue.objects.values_list("pk", "value"))
    platform.values_readable = False

    run = mirror()

    assert set(VariableValue.objects.values_list("pk", "value")) == before
    assert run.state == State.DONE


def test_a_remote_that_shows_no_values_is_mirrored_without_and_says_so(mirror, platform):
    platform.values_readable = False

    run = mirror()

    assert not VariableValue.objects.exists()
    assert run.report["hidden"] == 2


def test_objects_come_with_their_labels_and_boxes(mirror, platform, there):
    sample = next(iter(platform.samples.values()))
    image = platform.sample_images[sample["id"]][0]["image_id"]
    label = platform.add("labels", name="car", color="#FF0000", description="", output_name="")
    thing = platform.add(
        "objects", image=image, detection_label=label["id"], data=[1, 2, 20, 18], meta_data={}
    )
    platform.attach_object(sample["id"], thing["id"])

    mirror()

    place = SampleObject.objects.get()
    assert place.detection_object.bbox == [1, 2, 20, 18]
    assert (place.detection_object.label.name, place.sample.name) == ("car", "One")


def test_a_task_that_trains_with_the_dataset_comes_too(mirror, platform, there):
    task = platform.add_task("Grader")
    task["datasets"] = [there["id"]]
    task["last_version"] = 2
    platform.add_task("Another")
    platform.add("models", task=task["id"], version=2, metrics={"accuracy": 0.9}, created="")

    run = mirror()

    row = Task.objects.get()
    assert (row.name, row.last_version, list(row.datasets.all())) == ("Grader", 2, [run.dataset])
    assert ModelVersion.objects.get().metrics == {"accuracy": 0.9}


def test_a_remote_without_models_is_fine(mirror, platform, there, fault_remote):  # Q2
    from tests.faults import status

    task = platform.add_task("Grader")
    task["datasets"] = [there["id"]]
    fault_remote.always("GET", "/vlm/v2/model/", status(404))

    assert mirror().state == State.DONE


def test_an_image_whose_file_is_missing_leaves_its_sample_usable(mirror, platform, remote):  # M19
    gone = next(iter(platform.images))
    del platform.pictures[gone]

    run = mirror()
    for _ in range(MAX_ATTEMPTS):
        everything_is_due()
        jobs.fetch_images(str(remote.pk))

    assert run.state == State.DONE
    assert Image.objects.get(remote_key=gone).state == "missing"
    assert Image.objects.filter(state="stored").count() == 2


@pytest.mark.both_databases
def test_an_image_whose_file_kills_every_worker_is_given_up_alone(mirror, remote, monkeypatch):
    mirror()
    Image.objects.update(state="pending", fetch_attempts=0, fetch_after=None)
    bad = Image.objects.order_by("pk").last()

    def die(image, data):
        if image.pk == bad.pk:
            raise KeyboardInterrupt  # as good as a kill: nothing of ours runs after it
        return fill_image(image, data)

    monkeypatch.setattr("annotator.mirror.files.fill_image", die)
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            jobs.fetch_images(str(remote.pk))
        everything_is_due()
    jobs.fetch_images(str(remote.pk))

    bad.refresh_from_db()
    assert (bad.state, bad.fetch_attempts) == ("missing", MAX_ATTEMPTS)
    assert "worker stopped unexpectedly" in bad.fetch_error
    others = Image.objects.exclude(pk=bad.pk)
    assert set(others.values_list("state", "fetch_attempts")) == {("stored", 1)}


def test_an_image_that_stops_the_child_is_refused_alone(mirror, platform, monkeypatch):
    bad = next(iter(platform.images))
    platform.pictures[bad] = encoded(draw(), "TIFF")  # read in the child
    monkeypatch.setattr("annotator.images.reading.HEAVY", "tests.child.tasks")

    mirror()

    image = Image.objects.get(remote_key=bad)
    assert (image.state, image.fetch_attempts) == ("missing", 1)
    assert "stopped unexpectedly at this one" in image.fetch_error
    assert set(Image.objects.exclude(pk=image.pk).values_list("state", flat=True)) == {"stored"}


def test_an_image_that_is_no_picture_is_said_so(mirror, platform):  # M19
    wrong = next(iter(platform.images))
    platform.pictures[wrong] = b"<html>not found</html>"

    mirror()

    image = Image.objects.get(remote_key=wrong)
    assert image.state == "missing"
    assert "not an image" in image.fetch_error


def test_other_bytes_under_the_same_address_do_not_replace_the_picture(mirror, platform):  # M19
    mirror()
    image = Image.objects.first()
    platform.pictures[image.remote_key] = platform.draw()

    mirror()

    again = Image.objects.get(pk=image.pk)
    assert again.sha256 == image.sha256


def test_an_image_taken_out_on_the_remote_is_taken_out_here(mirror, platform):
    mirror()
    sample = next(iter(platform.samples.values()))
    platform.sample_images[sample["id"]].pop(0)

    mirror()

    row = Sample.objects.get(name="One")
    assert row.images.count() == 1
    assert Image.objects.count() == 3


def test_a_page_costs_the_same_queries_however_many_samples_it_has(remote, platform):
    platform.announces = ["values", "images", "objects"]

    def queries(samples):
        there = platform.add_dataset(variables=[GRADE])
        for number in range(samples):
            platform.add_sample(there["id"], values={"grade": 1.0}, name=f"N{number}")
        run = actions.start_mirror(remote, there["id"], None)
        with CaptureQueriesContext(connection) as captured:
            actions.run_steps(run.pk)
        return len(captured)

    assert queries(90) <= queries(5) + 5  # SQLite writes long lists in several statements
    assert Sample.objects.filter(state="approved").count() == 95


def test_no_call_is_made_inside_a_transaction(mirror, monkeypatch):
    from annotator.remote.calls import Calls

    real, depths = Calls._call, []

    def call(self, *args, **kwargs):
        depths.append(len(connection.savepoint_ids))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Calls, "_call", call)

    mirror()

    assert set(depths) == {depths[0]}
