"""Every filter that a list declares, tried: it finds what it names and nothing else."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from annotator.comments.models import Comment
from annotator.datasets import actions
from annotator.datasets.models import Origin, Prompt, Sample
from annotator.exports.models import ExportJob
from annotator.snapshots.models import Snapshot
from annotator.training.actions import create_task
from annotator.training.models import ModelVersion, TrainingRun
from tests.api.routes import address, api_routes
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db

EARLY, LATE = datetime(2024, 5, 1, tzinfo=UTC), datetime(2025, 5, 1, 12, 30, tzinfo=UTC)
BETWEEN = "2025-01-01"


@pytest.fixture
def rows(admin):
    """Two rows of each kind, `one` and `two`, that differ in all that can be filtered by; by their kind."""
    workspace = admin.workspace
    prompts = {
        kind: make_prompt(workspace=workspace, type=kind) for kind in ("system", "user", "template")
    }
    one_set, two_set = (make_dataset(workspace=workspace, name=name) for name in ("one", "two"))
    two_set.system_prompt, two_set.user_prompt = prompts["system"], prompts["user"]
    two_set.result_template = prompts["template"]
    two_set.save()
    grade = make_variable(dataset=two_set, name="one", type="float")
    note = make_variable(dataset=two_set, name="two", type="string", required=True)
    images = [make_image(workspace, name=name) for name in ("one", "two")]
    labels = [make_label(workspace, name=name) for name in ("one", "two")]
    things = [make_object(i, label=label) for i, label in zip(images, labels, strict=True)]
    empty = make_sample(dataset=two_set, name="one", assignment=two_set.assignments.create())
    full = make_full_sample(two_set, images[1], things[1], grade)
    tasks = make_tasks(workspace, two_set, prompts)
    models = [ModelVersion.objects.create(task=each, version=n) for n, each in enumerate(tasks, 1)]
    one = make_prompt(workspace=workspace, name="one", type="system")
    two = make_prompt(workspace=workspace, name="two", type="template", format="json")
    Prompt.objects.filter(pk__in=[each.pk for each in prompts.values()]).update(name="else")
    kinds = {
        "prompt": (one, two),
        "task": tasks,
        "dataset": (one_set, two_set),
        "variable": (grade, note),
        "sample": (empty, full),
        "model": models,
        "image": images,
        "label": labels,
        "object": things,
        "run": make_runs(tasks),
        "export": make_exports(one_set, two_set),
        "snapshot": [Snapshot.objects.create(dataset=each) for each in (one_set, two_set)],
    }
    set_times(kinds, empty)
    return {**kinds, "prompts": prompts, "grade": grade, "note": note}


@pytest.fixture
def comments(rows):
    """`one` on a sample of the first dataset, `two` on the full one and about a variable."""
    one_set, _ = rows["dataset"]
    _, full = rows["sample"]
    one, two = (make_member(workspace=one_set.workspace).user for _ in range(2))
    pair = [
        Comment.objects.create(sample=make_sample(dataset=one_set), author=one),
        Comment.objects.create(sample=full, variable=rows["note"], author=two),
    ]
    set_times({"comment": pair}, rows["sample"][0])
    return pair


def make_runs(tasks):
    """A run of each task: one failed, the other did not."""
    return [
        TrainingRun.objects.create(task=task, backend="baseline", state=state)
        for task, state in zip(tasks, ["failed", "succeeded"], strict=True)
    ]


def make_exports(one_set, two_set):
    """An export of each dataset."""
    return [
        ExportJob.objects.create(dataset=one_set, format="trl"),
        ExportJob.objects.create(dataset=two_set, format="csv", state="failed"),
    ]


def set_times(kinds, sample):
    """Each first row is made EARLY, each second one LATE."""
    for kind, (first, second) in kinds.items():
        made = "requested_at" if kind == "run" else "created_at"
        type(first).objects.filter(pk=first.pk).update(**{made: EARLY})
        type(second).objects.filter(pk=second.pk).update(**{made: LATE})
    Sample.objects.filter(pk=sample.pk).update(updated_at=EARLY)


def make_full_sample(dataset, image, thing, grade):
    """`two`: a test sample with all that a sample can have, its value broken by a later rule."""
    full = make_sample(dataset=dataset, name="two", test=True, type="single")
    actions.add_images(full, [image], by=None)
    actions.add_objects(full, [thing], by=None)
    actions.set_value(full, grade, 8.5, origin=Origin.TYPED, by=None)
    full.values.update(invalid_since=timezone.now())
    Sample.objects.filter(pk=full.pk).update(state="approved")
    return full


def make_tasks(workspace, dataset, prompts):
    """`one` deploys nothing; `two` trains on the dataset with the prompts, and its version 2 is in use."""
    one, two = (create_task(workspace, by=None, name=name) for name in ("one", "two"))
    one.auto_deploy = False
    one.save()
    two.datasets.add(dataset)
    two.system_prompt, two.user_prompt = prompts["system"], prompts["user"]
    two.production_version = 2
    two.save()
    return [one, two]


# What finds `two` and not `one`, by kind and filter; a word in braces is the id of that row.
FINDS_TWO = {
    "prompt": {"search": "TW", "type": "template", "format": "json"},
    "task": {
        "search": "two",
        "dataset": "{dataset}",
        "system_prompt_id": "{system}",
        "user_prompt_id": "{user}",
        "auto_deploy": "true",
    },
    "dataset": {
        "search": "two",
        "task": "{task}",
        "system_prompt_id": "{system}",
        "user_prompt_id": "{user}",
        "result_template_id": "{template}",
    },
    "variable": {"search": "two", "dataset": "", "type": "string", "required": "True"},
    "sample": {
        "search": "two",
        "dataset": "",
        "test": "True",
        "type": "single",
        "state": "approved",
        "assignee": "nobody",
        "image": "{image}",
        "object": "{object}",
        "detection_label": "{label}",
        "has_value": "{grade}",
        "missing_value": "",
        "invalid": "true",
        "has_images": "1",
        "updated_after": BETWEEN,
        "updated_before": "",
    },
    "model": {"task": "{task}", "version": "2", "production": "true"},
    "image": {
        "search": "two",
        "test": "",
        "sample": "{sample}",
        "detection_labels": "{label}",
        "used": "true",
    },
    "label": {"search": "two"},
    "snapshot": {"dataset": "{dataset}"},
    "export": {"dataset": "{dataset}", "format": "csv", "state": "failed"},
    "run": {"task": "{task}", "state": "succeeded"},
    "object": {"image": "{image}", "object_detection_label": "{label}", "sample": "{sample}"},
    "comment": {
        "sample": "{sample}",
        "dataset": "{dataset}",
        "variable": "{note}",
        "author": "{author}",
    },
}
TIMES = {"created_after": BETWEEN, "created_before": ""}
CASES = [
    (kind, name, text)
    for kind, known in FINDS_TWO.items()
    for name, text in (known | TIMES).items()
    if text
]


def filled(text, rows):
    named = {kind: pair[1].pk for kind, pair in rows.items() if isinstance(pair, list | tuple)}
    prompts = {kind: prompt.pk for kind, prompt in rows["prompts"].items()}
    named |= {"grade": rows["grade"].pk, "note": rows["note"].pk}
    if "comment" in rows:
        named["author"] = rows["comment"][1].author_id
    return text.format(**named | prompts)


def list_address(kind):
    return address(dict(api_routes())[f"{kind}-list"], "")


@pytest.mark.parametrize(("kind", "name", "text"), CASES)
def test_a_filter_finds_what_it_names(api, rows, kind, name, text, request):
    if kind == "comment":
        rows["comment"] = request.getfixturevalue("comments")
    one, two = (str(row.pk) for row in rows[kind])

    listed = api.rows(list_address(kind), **{name: filled(text, rows)})
    matching = [str(row["id"]) for row in listed]

    assert two in matching
    assert one not in matching


OTHERS = [
    ("sample", "missing_value", "{note}", ["one", "two"]),
    ("sample", "missing_value", "{grade}", ["one"]),
    ("sample", "invalid", "false", ["one"]),
    ("sample", "has_images", "false", ["one"]),
    ("sample", "dataset", "{dataset}", ["one", "two"]),
    ("sample", "updated_before", BETWEEN, ["one"]),
    ("sample", "updated_after", BETWEEN, ["two"]),
    ("sample", "created_before", "2024-05-01T00:00:00.000001Z", ["one"]),
    ("sample", "created_after", "2025-05-01T14:30:00+02:00", ["two"]),
    ("variable", "dataset", "{dataset}", ["one", "two"]),
    ("image", "used", "false", ["one"]),
    ("image", "test", "false", ["one", "two"]),
    ("label", "created_before", BETWEEN, ["one"]),
]


@pytest.mark.parametrize(("kind", "name", "text", "names"), OTHERS)
def test_the_other_side_of_a_filter(api, rows, kind, name, text, names):
    wanted = [str(rows[kind][["one", "two"].index(name)].pk) for name in names]

    matching = api.rows(list_address(kind), **{name: filled(text, rows)})

    assert [row["id"] for row in matching] == wanted


def test_every_declared_filter_is_tried():
    declared = {
        (name.removesuffix("-list"), known.name)
        for name, pattern in api_routes()
        if name.endswith("-list")
        for known in getattr(pattern.callback.cls, "filters", ())
    }

    assert declared == {(k, name) for k, known in FINDS_TWO.items() for name in known | TIMES}


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ({"v.one.min": "8"}, ["two"]),
        ({"v.one.min": "9"}, []),
        ({"v.one.is": "missing"}, ["one"]),
        ({"v.two.has": "CORNER"}, ["one"]),
    ],
)
def test_samples_are_found_by_their_values(api, rows, condition, names):
    empty, full = rows["sample"]
    full.values.update(invalid_since=None)
    actions.set_value(empty, rows["note"], "a bent corner", origin=Origin.TYPED, by=None)

    matching = api.rows("/vlm/v2/sample/", dataset=str(empty.dataset_id), **condition)

    assert [row["name"] for row in matching] == names


@pytest.mark.parametrize(
    "address", ["v.one.min=8", "v.lost=1&dataset={d}", "v.one.min=x&dataset={d}", "v.=1&dataset=x"]
)
def test_a_value_that_cannot_be_looked_for_is_a_400(api, rows, address):
    answer = api.get(f"/vlm/v2/sample/?{address.format(d=rows['dataset'][1].pk)}")

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_an_image_in_two_samples_is_listed_once(api, admin):
    image = make_image(admin.workspace)
    dataset = make_dataset(workspace=admin.workspace)
    for _ in range(2):
        actions.add_images(make_sample(dataset=dataset), [image], by=None)
        make_object(image, label=make_label(admin.workspace))

    assert len(api.rows("/recognition/v2/training-image/", used="true")) == 1


def test_a_sample_whose_value_or_images_changed_is_an_updated_one(api, rows):
    empty, _ = rows["sample"]
    since = timezone.now().isoformat()
    changes = [
        lambda: actions.set_value(empty, rows["grade"], 3, origin=Origin.TYPED, by=None),
        lambda: actions.add_images(empty, rows["image"], by=None),
        lambda: actions.reorder_images(empty, [i.pk for i in reversed(rows["image"])], by=None),
        lambda: actions.remove_images(empty, [rows["image"][0].pk], by=None),
    ]

    for change in changes:
        Sample.objects.update(updated_at=EARLY)
        empty.values.update(set_at=EARLY)
        rows_before = api.rows("/vlm/v2/sample/", updated_after=since)
        change()
        matching = api.rows("/vlm/v2/sample/", updated_after=since)

        assert [row["name"] for row in rows_before + matching] == ["one"]
