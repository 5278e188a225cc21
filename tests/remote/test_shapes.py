"""The platform's own examples, verbatim, and everything a server may do differently."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotator.errors import InvalidResponse
from annotator.remote import mappers
from annotator.remote.pages import walk
from annotator.remote.values import read_values

EXAMPLES = Path(__file__).parent.parent / "data" / "platform"
SAMPLE = {"id": "s1", "dataset": "d1"}
CONFIG = {"grade": {"id": "v1", "type": "integer"}, "extra": {"id": "v2", "type": "object"}}


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def pages_of(data, mapper):
    return list(walk(lambda query: data, mapper, {}))


def test_the_example_of_a_prompt_list_has_prompts_without_content():
    [page] = pages_of(example("prompt_list"), mappers.prompt)

    assert page.count == 3
    assert [row.name for row in page.rows] == [
        "Product Analysis System Prompt",
        "Analyze Image Instruction",
    ]
    assert [row.content for row in page.rows] == [None, None]
    assert [row.format for row in page.rows] == [None, None]


def test_the_example_of_a_prompt_has_its_content():
    prompt = mappers.prompt(example("prompt"))

    assert prompt.type == "system"
    assert prompt.content.startswith("You are a helpful assistant")
    assert prompt.workspace == "748e50e4-d081-4924-b9e7-f500aac6a71d"


def test_the_example_of_a_task_has_no_version_yet():
    task = mappers.task(example("task"))

    assert (task.production_version, task.last_version) == (0, 0)
    assert task.datasets == ("8797c273-b1d3-4e6f-82bb-adfb719415fe",)
    assert task.auto_deploy is True
    assert task.max_tokens == 1000
    assert task.training_time_seconds == 180
    assert task.created_at == datetime(2025, 12, 17, 14, 59, 34, 529951, tzinfo=UTC)


def test_the_example_of_a_dataset_has_its_counts_and_prompts():
    dataset = mappers.dataset(example("dataset"))

    assert (dataset.samples_count, dataset.variables_count) == (150, 2)
    assert dataset.result_template == '{"grade": {{grade}}, "explain": "{{explain}}"}'
    assert dataset.result_format == "json"
    assert dataset.default_input_meta_data == {"category": "jacket"}
    assert dataset.created_text == "2025-12-17T10:30:00.000000Z"


def test_the_example_of_a_variable_list_has_limits_only_where_given():
    [page] = pages_of(example("variable_list"), mappers.variable)

    grade, explain = page.rows
    assert (grade.min_value, grade.max_value, grade.step_size) == (0.0, 10.0, 0.5)
    assert grade.required is True
    assert (explain.min_value, explain.max_length, explain.choices) == (None, None, None)


def test_the_example_of_a_sample_says_nothing_of_its_values():
    sample = mappers.sample(example("sample"))

    assert sample.values is None
    assert sample.variables_count == 2
    assert sample.images is None
    assert sample.dataset_variables_config["grade"]["step_size"] == 0.5
    assert sample.description is None
    assert sample.raw == example("sample")


def test_the_examples_of_images_and_objects_have_different_names_for_their_addresses():
    [image] = mappers.rows(example("sample_images"), mappers.sample_image)
    [sample_object] = mappers.rows(example("sample_objects"), mappers.sample_object)

    assert image.id != image.image_id
    assert image.img_path == "https://images.ximilar.com/..."
    assert image.thumb.endswith("/thumb")
    assert sample_object.image_url == "https://images.ximilar.com/..."
    assert sample_object.bbox == (100, 150, 400, 350)
    assert (sample_object.label_name, sample_object.label_color) == ("car", "#FF0000")


@pytest.mark.parametrize(
    "carried",
    [
        {"sample_variables": [{"id": "x", "variable": "v1", "variable_name": "grade", "value": 7}]},
        {"sample_variables": [{"variable": "v1", "value": 7}]},
        {"variable_values": [{"dataset_variable": "v1", "value": {"value": 7}}]},
        {"variables": {"grade": 7}},
        {"values": {"v1": {"value": 7}}},
    ],
)
def test_values_are_read_from_every_shape(carried):
    values = read_values(SAMPLE | {"dataset_variables_config": CONFIG} | carried)

    assert values.keys() == {"grade"}
    assert values["grade"].value == 7
    assert values["grade"].variable_id == "v1"


def test_no_values_differ_from_unknown_values():
    assert mappers.sample(SAMPLE).values is None
    assert mappers.sample(SAMPLE | {"variables_count": 0}).values is None
    assert mappers.sample(SAMPLE | {"sample_variables": []}).values == {}
    assert mappers.sample(SAMPLE | {"values": {}}).values == {}


def test_an_object_with_the_one_key_value_is_not_taken_for_a_wrapper():
    bare = {"dataset_variables_config": CONFIG, "values": {"grade": 7, "extra": {"value": 1}}}
    wrapped = {
        "dataset_variables_config": CONFIG,
        "values": {"grade": {"value": 7}, "extra": {"value": {"value": 1}}},
    }

    assert read_values(bare)["extra"].value == {"value": 1}
    assert read_values(wrapped)["extra"].value == {"value": 1}


@pytest.mark.parametrize("empty", [False, 0, "", None, []])
def test_a_value_that_looks_empty_is_a_value(empty):
    values = read_values({"sample_variables": [{"variable_name": "grade", "value": empty}]})

    assert values["grade"].value == empty


def test_images_that_come_along_are_read_and_bare_ids_are_not():
    [place] = example("sample_images")

    assert mappers.sample(SAMPLE | {"images": [place]}).images[0].image_id == place["image_id"]
    assert mappers.sample(SAMPLE | {"images": ["a", "b"]}).images is None
    assert mappers.sample(SAMPLE | {"images": []}).images == ()


def test_a_number_is_as_good_an_id_as_a_text():
    assert mappers.prompt({"id": 17}).id == "17"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:image/png;base64,AA", "C:\\x"])
def test_an_address_that_cannot_be_called_is_dropped(address):
    assert mappers.image({"id": "i1", "img_path": address}).img_path == ""


@pytest.mark.parametrize("text", ["yesterday", "2025-13-40", "99999-01-01", ""])
def test_a_date_that_is_none_keeps_its_text(text):
    task = mappers.task({"id": "t1", "created": text})

    assert task.created_at is None
    assert task.created_text == text


def test_a_date_without_a_zone_is_taken_as_utc():
    task = mappers.task({"id": "t1", "created": "9999-12-31T23:59:59"})

    assert task.created_at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mapper", "row"),
    [
        (mappers.prompt, {"name": "no id"}),
        (mappers.prompt, {"id": None}),
        (mappers.prompt, {"id": True}),
        (mappers.prompt, {"id": "../../account"}),
        (mappers.prompt, {"id": "a/b"}),
        (mappers.prompt, {"id": "p1", "content": 5}),
        (mappers.prompt, "p1"),
        (mappers.task, {"id": "t1", "datasets": "d1"}),
        (mappers.task, {"id": "t1", "datasets": [{"id": "d1"}]}),
        (mappers.task, {"id": "t1", "last_version": "3"}),
        (mappers.task, {"id": "t1", "last_version": 10**30}),
        (mappers.task, {"id": "t1", "auto_deploy": "yes"}),
        (mappers.dataset, {"id": "d1", "meta_data": []}),
        (mappers.variable, {"id": "v1", "type": "string"}),
        (mappers.variable, {"id": "v1", "name": "grade"}),
        (mappers.sample, {"id": "s1", "test": 1}),
        (mappers.sample, {"id": "s1", "sample_variables": [{"value": 1}]}),
        (mappers.sample, {"id": "s1", "sample_variables": ["grade"]}),
        (mappers.sample_image, {"id": "x"}),
    ],
)
def test_a_row_of_the_wrong_shape_is_refused(mapper, row):
    with pytest.raises(InvalidResponse):
        mapper(row)
