"""What was chosen goes in, nothing else, in every format; the splits share no picture."""

import io
import json
import re
import uuid
import zipfile

import pytest
from django.http import QueryDict
from django.urls import reverse
from PIL import Image as Pillow

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.datasets.training_rows import count_rows, training_rows
from annotator.exports.formats import FORMATS
from annotator.exports.selection import Selection, in_test_split, picture_groups, read_selection
from annotator.images.actions import store_image
from annotator.images.models import Image
from tests.exports.shapes import VALUES, add_sample, make_shape, run_snippets
from tests.factories import make_dataset, make_member, make_variable
from tests.pictures import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_shape()


def export_of(dataset, query="", name="values"):
    selection = read_selection(QueryDict(query), list(dataset.variables.live()))
    export = FORMATS[name](dataset, selection, host="https://labels.example")
    assert export.problem == ""
    return export


def unzipped(export):
    return zipfile.ZipFile(io.BytesIO(b"".join(export.stream())))


def lines_of(dataset, query="", name="values"):
    export = export_of(dataset, query, name)
    return [json.loads(line) for split in ("train", "test") for line in export.lines(split)]


def names_of(dataset, query):
    return [line["name"] for line in lines_of(dataset, query)]


def share(dataset, *samples):
    """A new picture that all of these samples have, beside their own."""
    image, _ = store_image(dataset.workspace, picture(seed=9_000 + Image.objects.count()))
    for sample in samples:
        sample.sample_images.create(image=image, order=9)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["one", "two", "three"]),
        ("states=approved", ["one", "three"]),
        ("approved=1", ["one", "three"]),
        ("states=submitted&states=returned", ["two"]),
        ("q=thr", ["three"]),
        ("v.grade.min=5", ["one", "two"]),
        ("v.note.is=missing&states=approved", ["three"]),
        ("split=test", ["two"]),
    ],
)
def test_a_gallery_filter_and_states_say_which_samples_go_in(dataset, query, names):
    add_sample(dataset, name="one")
    two = add_sample(dataset, name="two", test=True)
    two.move(to="submitted", only_from=["approved"])
    values = {"grade": 1.0, "kind": "a & b", "flaws": [], "box": VALUES["box"]}
    add_sample(dataset, name="three", values=values)

    assert sorted(names_of(dataset, query)) == sorted(names)
    counts = count_rows(dataset, choice=export_of(dataset, query).choice)
    assert counts.train + counts.test == len(names)


@pytest.mark.parametrize(
    "query",
    ["states=gone", "variable=nothing", "test_percent=101", "longest_px=x", "v.nothing=1"],
)
def test_what_makes_no_sense_is_said_and_nothing_goes_in(client, dataset, query):
    add_sample(dataset)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    address, download = (
        reverse(f"exports:{name}", args=[dataset.pk]) + f"?{query}"
        for name in ("choose", "download")
    )

    page = client.get(address)
    refused = client.get(download)

    assert page.context["problem"]
    assert page.context["problem"] in page.text.replace("&#x27;", "'")
    assert refused.status_code == 302
    selection = read_selection(QueryDict(query), list(dataset.variables.live()))
    assert not list(FORMATS["values"](dataset, selection).lines("train"))


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"xlsx"}))  # packed
def test_only_chosen_variables_go_in(dataset, name):
    add_sample(dataset)

    with unzipped(export_of(dataset, "variable=grade&variable=sharp", name)) as archive:
        texts = "".join(
            archive.read(each).decode(errors="ignore")
            for each in archive.namelist()
            if not each.endswith(("README.md", ".png", "manifest.json"))
        )

    assert "grade" in texts
    assert "Light" not in texts  # a value of another variable


def test_an_answer_of_fewer_variables_is_plain_json_where_the_template_writes_others():
    dataset = make_shape(answer_format="xml")
    add_sample(dataset)

    (line,) = lines_of(dataset, "variable=grade")
    (other,) = lines_of(dataset, "variable=grade&variable=note")

    assert json.loads(line["answer"]) == {"grade": 8.5}
    assert other["answer"].startswith("<card><grade>8.5</grade><note>")


def test_a_required_variable_that_is_not_chosen_may_be_missing(dataset):
    dataset.variables.filter(name="box").update(required=True)
    add_sample(dataset, name="no box", values={"grade": 1.0, "kind": "a & b", "flaws": []})

    assert names_of(dataset, "") == []
    assert names_of(dataset, "variable=grade") == ["no box"]


def test_new_splits_are_the_same_each_time_and_share_no_picture(dataset):
    samples = [add_sample(dataset, name=str(number)) for number in range(24)]
    for first in range(0, 24, 3):  # a chain: the first and the last share nothing themselves
        share(dataset, samples[first], samples[first + 1])
        share(dataset, samples[first + 1], samples[first + 2])

    export = export_of(dataset, "test_percent=40&seed=a")
    sides = {
        split: [json.loads(line) for line in export.lines(split)] for split in ("train", "test")
    }

    pictures = {side: {name for line in sides[side] for name in line["images"]} for side in sides}
    assert not pictures["train"] & pictures["test"]
    assert {split: len(lines) % 3 for split, lines in sides.items()} == {"train": 0, "test": 0}
    assert len(sides["train"]) + len(sides["test"]) == 24
    assert lines_of(dataset, "test_percent=40&seed=a") == sides["train"] + sides["test"]
    assert len(set(picture_groups(dataset).values())) == 8


def test_a_seed_gives_about_the_share_that_was_asked_for():
    ids = [uuid.UUID(int=number) for number in range(1_000)]
    splits = {
        seed: [in_test_split(each, percent=20, seed=seed, groups={}) for each in ids]
        for seed in "ab"
    }

    assert 150 < sum(splits["a"]) < 250
    assert splits["a"] != splits["b"]


def test_a_sample_keeps_its_side_when_others_are_added(dataset):
    for number in range(8):
        add_sample(dataset, name=str(number))
    choice = Selection(test_percent=50).choice(dataset)
    before = {row.sample.name for row in training_rows(dataset, choice=choice, test=True)}

    for number in range(8, 12):
        add_sample(dataset, name=str(number))

    choice = Selection(test_percent=50).choice(dataset)
    after = {row.sample.name for row in training_rows(dataset, choice=choice, test=True)}
    assert before == {name for name in after if int(name) < 8}
    for percent, number in ((0, 0), (100, 12)):
        choice = Selection(test_percent=percent).choice(dataset)
        assert count_rows(dataset, choice=choice).test == number


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"coco"}))
def test_every_record_says_who_set_its_values_and_when(dataset, name):
    sample = create_sample(
        dataset,
        by=None,
        images=[store_image(dataset.workspace, picture(seed=1), name="a/b.jpg")[0]],
    )
    by = make_member(Role.ANNOTATOR, workspace=dataset.workspace).user
    named = {each.name: each for each in dataset.variables.all()}
    given = {named[key]: value for key, value in VALUES.items()}
    set_values(sample, given, origin=Origin.TYPED, by=by)
    at = max(sample.values.values_list("set_at", flat=True))

    provenance = next(iter(training_rows(dataset)))
    origin = export_of(dataset, name=name).provenance(provenance)

    assert origin["labeled_by"] == by.display_name
    assert origin["labeled_at"].startswith(f"{at:%Y-%m-%dT%H:%M:%S}.")
    assert re.fullmatch("[0-9a-f]{16}", origin["schema"])
    if name in {"openai", "webdataset", "hugging-face"}:
        return  # beside the lines: tests of their own
    (line,) = lines_of(dataset, name=name)
    held = line.get("data", line)
    assert [held[key] for key in ("labeled_by", "labeled_at", "schema")] == [
        origin[key] for key in ("labeled_by", "labeled_at", "schema")
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_scaled_copies_are_no_larger_and_the_same_each_time(dataset, name):
    add_sample(dataset, pictures=2, boxes=1)

    first, second = (b"".join(export_of(dataset, "longest_px=24", name).stream()) for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        pictures = [each for each in archive.namelist() if each.endswith(".webp")]
        sizes = {each: Pillow.open(io.BytesIO(archive.read(each))).size for each in pictures}
        assert len(pictures) == (0 if name in {"openai", "webdataset"} else 2)
        assert all(max(size) == 24 for size in sizes.values())
        if name == "coco":
            coco = json.loads(archive.read("annotations/train.json"))
            for entry in coco["images"]:
                assert (entry["width"], entry["height"]) == sizes[entry["file_name"]]


@pytest.mark.parametrize("kind", ["links", "names"])
@pytest.mark.parametrize("name", FORMATS)
def test_pictures_may_be_links_or_names(dataset, name, kind, tmp_path):
    add_sample(dataset, pictures=2)
    if kind not in FORMATS[name].picture_choices:
        selection = read_selection(QueryDict(f"pictures={kind}"), [])
        assert "pictures as copies" in FORMATS[name](dataset, selection).problem
        return

    with unzipped(export_of(dataset, f"pictures={kind}", name)) as archive:
        archive.extractall(tmp_path)
        names = archive.namelist()
        texts = "".join(archive.read(each).decode(errors="ignore") for each in names)

    assert not [each for each in names if each.startswith("images/")]
    if name != "xlsx":  # packed
        assert ("https://labels.example/images/" if kind == "links" else "dir/0.jpg") in texts
    run_snippets(tmp_path)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("states=returned&states=approved&format=csv", "states=approved&states=returned"),
        ("approved=1&seed=4&pictures=copies", "states=approved"),
        ("variable=a&variable=b&q=&after=x", ""),
        ("variable=b", "variable=b"),
        ("test_percent=5&seed=4", "seed=4&test_percent=5"),
    ],
)
def test_the_same_selection_has_one_address(query, kept):
    dataset = make_dataset()
    variables = [make_variable(dataset=dataset, name=name) for name in "ab"]

    assert read_selection(QueryDict(query), variables).query == kept


def test_the_form_shows_what_the_address_says(client, dataset):
    add_sample(dataset)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    query = "?states=approved&variable=grade&q=dir&test_percent=20&seed=x&longest_px=64&format=csv"

    page = client.get(reverse("exports:choose", args=[dataset.pk]) + query)
    part = client.get(
        reverse("exports:choose", args=[dataset.pk]) + query,
        headers={"HX-Request": "true", "HX-Target": "export-preview"},
    )

    for part_of in (
        'value="approved" checked',
        'value="grade" checked',
        'name="variable" value="note"><',
        'name="q" value="dir"',
        "Search: dir",
        'value="20"',
        'value="csv" checked',
    ):
        assert part_of in page.text
    assert "<form" not in part.text
    assert "First lines" in part.text
