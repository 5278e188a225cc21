"""The wire shape of a variable: read, refused and written again."""

import pytest

from annotator.variables import (
    ConfigError,
    read_config,
    read_remote_config,
    write_config,
)

# docs.ximilar.com/platform/vlm, the list of variables, verbatim.
LISTED = [
    {
        "id": "f82b01ed-e65d-4730-a458-2966cbf86994",
        "dataset": "2e3a2346-fa3b-43ca-8a4c-168941692c58",
        "dataset_name": "My Training Dataset",
        "name": "grade",
        "type": "float",
        "required": True,
        "min_value": 0.0,
        "max_value": 10.0,
        "step_size": 0.5,
    },
    {
        "id": "7b661f0e-7c00-4b59-b334-aca2a0249e2f",
        "dataset": "2e3a2346-fa3b-43ca-8a4c-168941692c58",
        "dataset_name": "My Training Dataset",
        "name": "explain",
        "type": "string",
        "required": False,
    },
]
CREATED = {
    "dataset": "__DATASET_ID__",
    "name": "condition",
    "type": "string",
    "required": False,
    "description": "Condition of the item",
    "choices": "mint,near_mint,excellent,good,poor",
}
RELATIONS = ("id", "dataset", "dataset_name")


@pytest.mark.parametrize("row", [*LISTED, CREATED])
def test_the_documented_rows_are_written_as_they_were_read(row):
    spec = read_config(row)

    assert write_config(spec) == {key: row[key] for key in row if key not in RELATIONS}


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"name": "2nd"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "naïve"}, "name"),
        ({"name": "a\n"}, "name"),
        ({"name": None}, "name"),
        ({"type": "text"}, "type"),
        ({"type": ["string"]}, "type"),
        ({"required": "yes"}, "required"),
        ({"description": 5}, "description"),
        ({"type": "float", "min_value": 2, "max_value": 1}, "min_value"),
        ({"type": "float", "min_value": "low"}, "min_value"),
        ({"type": "float", "min_value": float("nan")}, "min_value"),
        ({"type": "float", "min_value": True}, "min_value"),
        ({"type": "float", "step_size": 0}, "step_size"),
        ({"type": "float", "step_size": -0.5}, "step_size"),
        ({"type": "integer", "min_value": 0.2, "max_value": 0.8}, "max_value"),
        ({"type": "string", "min_length": 5, "max_length": 4}, "min_length"),
        ({"type": "string", "min_length": -1}, "min_length"),
        ({"type": "string", "max_length": 1.5}, "max_length"),
        ({"type": "string", "choices": "a,b, a"}, "choices"),
        ({"type": "string", "choices": ["a,b"]}, "choices"),
        ({"type": "string", "choices": [True]}, "choices"),
        ({"type": "string", "choices": {"a": 1}}, "choices"),
        ({"type": "string", "choices": "a,long", "max_length": 2}, "choices"),
        ({"type": "float", "step_size": 0.5, "default_value": 0.3}, "default_value"),
        ({"type": "integer", "default_value": "1"}, "default_value"),
        ({"type": "object", "item_schema": "x"}, "item_schema"),
        ({"type": "object", "item_schema": [{"name": "a", "type": "?"}]}, "item_schema"),
        ({"type": "object", "item_schema": [{"name": "a", "type": "float"}] * 2}, "item_schema"),
        ({"type": "array", "item_schema": 5}, "item_schema"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_their_key(config, key):
    with pytest.raises(ConfigError) as caught:
        read_config({"name": "it", "type": "string", **config})

    assert caught.value.key == key
    assert caught.value.message.endswith(".")


def test_absent_null_and_empty_limits_are_no_limits():
    bare = read_config({"name": "it", "type": "string"})

    for nothing in (None, "", ",", []):
        assert read_config({"name": "it", "type": "string", "choices": nothing}) == bare
    assert write_config(bare) == {"name": "it", "type": "string", "required": False}


def test_choices_are_read_from_text_and_list_alike():
    text = read_config({"name": "it", "type": "string", "choices": " a, b,,c "})
    listed = read_config({"name": "it", "type": "string", "choices": ["a", "b ", "c"]})

    assert text == listed
    assert write_config(text)["choices"] == "a,b,c"


def test_a_limit_of_another_type_is_passed_over_with_a_notice():
    spec = read_config({"name": "it", "type": "integer", "choices": "1,2"})

    assert spec.check(3) == 3
    assert spec.notices == ("choices has no meaning for integer.",)


def test_limits_written_as_text_or_with_a_point_are_read():
    spec = read_config({"name": "it", "type": "integer", "min_value": "0.00", "max_value": 10.0})

    assert write_config(spec) == {
        "name": "it",
        "type": "integer",
        "required": False,
        "min_value": 0,
        "max_value": 10,
    }


def test_a_bad_limit_of_a_remote_is_left_out_and_named():
    config = {"name": "it", "type": "float", "min_value": 0, "step_size": -1, "default_value": "x"}

    spec = read_remote_config(config)

    assert write_config(spec) == {
        "name": "it",
        "type": "float",
        "required": False,
        "min_value": 0.0,
    }
    assert [notice.split()[0] for notice in spec.notices] == ["step_size", "default_value"]


def test_our_own_item_schema_is_written_only_when_asked_for():
    config = {
        "name": "lines",
        "type": "array",
        "required": False,
        "item_schema": {
            "type": "object",
            "item_schema": [
                {"name": "price", "type": "float", "required": True, "step_size": 0.01}
            ],
        },
    }

    spec = read_config(config)

    assert "item_schema" not in write_config(spec)
    assert write_config(spec, item_schema=True) == config
    assert read_config(write_config(spec, item_schema=True)) == spec


def test_a_list_of_fields_describes_entries_that_are_objects():
    fields = [{"name": "price", "type": "float"}]

    short = read_config({"name": "it", "type": "array", "item_schema": fields})

    assert short.check([{"price": 1}]) == [{"price": 1.0}]
