"""Types and roles are guessed from a whole column, and nothing is changed by them."""

import json

import pytest

from annotator.imports.formats.guessing import guess_columns
from annotator.imports.formats.records import Role
from annotator.imports.formats.values import MANY
from annotator.variables import read_config
from tests.imports.formats.files import read


def guess_of(folder, values, name="x"):
    text = "".join(json.dumps({name: value}) + "\n" for value in values)
    return guess_columns(read(folder, "a.jsonl", text))[name]


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        ([*map(str, range(20)), "eleven"], "eleven"),
        (["1,5"] * 20 + ["n/a", "?"], "n/a, ?"),
        (["007"] * 20 + ["A1"], None),
        (["1", "2", "x"], None),
        (["1"] * 20, None),
    ],
)
def test_the_few_texts_among_numbers_are_named(tmp_path, values, odd):
    guess = guess_of(tmp_path, values)

    named = [f"Text, for these are no numbers: {odd}. Correct the file to have numbers."]
    assert list(guess.warnings) == (named if odd else [])


@pytest.mark.parametrize(
    ("values", "config"),
    [
        (["1", "2", "10"], {"type": "integer", "min_value": 1, "max_value": 10}),
        (["-3", "0"], {"type": "integer", "min_value": -3, "max_value": 0}),
        (["1.5", "2"], {"type": "float", "min_value": 1.5, "max_value": 2}),
        ([1, 2.5], {"type": "float", "min_value": 1, "max_value": 2.5}),
        (["007", "8"], {"type": "string"}),
        (["1.50", "2.5"], {"type": "string"}),
        (["1e5", "2"], {"type": "string"}),
        (["-0", "2"], {"type": "string"}),
        (["+1", "2"], {"type": "string"}),
        (["1", "2", "x"], {"type": "string"}),
        (["12345678901234567890"], {"type": "string"}),
        (["0.12345678901234567890"], {"type": "string"}),
        (["TRUE", "false"], {"type": "boolean"}),
        (["yes", "no", "Yes"], {"type": "boolean"}),
        ([True, False], {"type": "boolean"}),
        (["true", "maybe"], {"type": "string"}),
        ([["a", "b"], ["c"]], {"type": "array", "item_schema": {"type": "string"}}),
        (['["a"]', "[]"], {"type": "array"}),
        ([{"a": 1}], {"type": "object"}),
        ([[1, "a"]], {"type": "array", "item_schema": {"type": "string"}}),
        (["cat", "dog"] * 3, {"type": "string", "choices": ["cat", "dog"]}),
        (["cat", "dog", "owl"], {"type": "string"}),
        (["NA", "1"], {"type": "string"}),
    ],
)
def test_a_type_takes_every_value_as_it_is_written(tmp_path, values, config):
    assert guess_of(tmp_path, values).config == config


def test_the_last_row_counts_as_much_as_the_first(tmp_path):
    numbers = [str(number) for number in range(3 * MANY)]

    assert guess_of(tmp_path, numbers).config["type"] == "integer"
    assert guess_of(tmp_path, [*numbers, "007"]).config == {"type": "string"}


def test_a_decimal_comma_is_a_number_where_the_file_writes_it(tmp_path):
    guess = guess_columns(read(tmp_path, "a.csv", "x;y\n1,5;a\n2,25;b\n"))["x"]

    assert guess.config == {"type": "float", "min_value": 1.5, "max_value": 2.25}


def test_every_proposed_configuration_can_be_read(tmp_path):
    for values in (["1"], ["1.5"], ["a", "b"] * 4, [True], [["a"]], [{"a": 1}], [[[1]]]):
        config = guess_of(tmp_path, values).config
        assert read_config({"name": "x", **config})


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("file_name", ["a.jpg", "b.png"], Role.IMAGES),
        ("whatever", ["x/a.JPG", "https://example.org/b.webp?size=2"], Role.IMAGES),
        ("url", ["about us", "contact"], Role.VARIABLE),
        ("filename", ["frame_001", "frame_002"], Role.IMAGES),
        ("id", ["1", "2"], Role.EXTERNAL_ID),
        ("id", ["1", "1"], Role.METADATA),
        ("split", ["train", "test"], Role.SPLIT),
        ("split", ["training", "evaluation"], Role.SPLIT),
        ("split", ["left", "right"], Role.VARIABLE),
        ("Name", ["first", "second"], Role.NAME),
        ("label", ["cat", "dog"], Role.VARIABLE),
        ("width", [1, 2], Role.METADATA),
    ],
)
def test_a_role_is_told_by_name_and_values(tmp_path, name, values, role):
    assert guess_of(tmp_path, values, name=name).role == role


def test_long_ids_that_a_spreadsheet_has_cut_are_said(tmp_path):
    guess = guess_of(tmp_path, ["1.23457E+19", "4.5E+20"])

    assert guess.config == {"type": "string"}
    assert "original file" in guess.warnings[0]


def test_memory_does_not_grow_with_the_values(tmp_path):
    guess = guess_of(tmp_path, [f"text {number}" for number in range(4 * MANY)])

    assert guess.filled == 4 * MANY
    assert len(guess.examples) == 5
