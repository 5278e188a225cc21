"""JSON Schema and Pydantic source become variables and come out the same; the rest is listed."""

import pytest

from annotator.variables import ConfigError, json_schema, read_config, to_json
from annotator.variables.foreign import read_schema, write_pydantic

SOURCE = """
import os
from enum import Enum
from typing import Annotated, Literal, Optional
from pydantic import BaseModel, Field, field_validator

os.environ["EXECUTED"] = "yes"

class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"

class Flaw(BaseModel):
    kind: str
    size: float | None = None

class Card(BaseModel):
    condition: Literal["Mint", "Good"] = Field(description="Both sides")
    grade: Annotated[float, Field(ge=0, le=10, multiple_of=0.5)]
    spots: Optional[int] = Field(None, gt=0)
    genuine: bool = True
    colour: Colour
    flaws: list[Flaw] = Field(default_factory=list, max_length=5)
    link: "HttpUrl"

    @field_validator("spots")
    def check(cls, value):
        return value
"""


def configs(text):
    read = read_schema(text)
    return {config["name"]: config for config in read.configs}, read.left


def test_pydantic_source_becomes_variables_without_being_executed(monkeypatch):
    monkeypatch.delenv("EXECUTED", raising=False)

    variables, left = configs(SOURCE)

    assert variables["condition"] == {
        "name": "condition",
        "type": "string",
        "choices": ["Mint", "Good"],
        "description": "Both sides",
        "required": True,
    }
    assert variables["grade"]["step_size"] == 0.5
    assert (variables["spots"]["min_value"], variables["spots"]["required"]) == (1, False)
    assert (variables["genuine"]["default_value"], variables["genuine"]["required"]) == (
        True,
        False,
    )
    assert variables["colour"]["choices"] == ["red", "blue"]
    assert [each["name"] for each in variables["flaws"]["item_schema"]["item_schema"]] == [
        "kind",
        "size",
    ]
    assert left == [
        "Card.check: what this function checks is not kept.",
        "link: left out: no type of variable is like this.",
    ]
    import os  # what the source imports, too

    assert "EXECUTED" not in os.environ


def test_what_a_json_schema_says_and_variables_cannot_is_listed():
    schema = {
        "type": "object",
        "properties": {
            "grade": {"type": "number", "exclusiveMinimum": 0},
            "code": {"type": ["string", "null"], "pattern": "^[A-Z]+$"},
            "size": {"enum": [1, 2]},
            "a-b": {"type": "string"},
        },
        "required": ["grade", "code"],
    }

    variables, left = configs(to_json(schema))

    assert list(variables) == ["grade", "code"]
    assert variables["code"]["required"] is False
    assert left == [
        "grade: the bound 0 itself is allowed too.",
        "code: pattern is not kept.",
        "size: left out: no type of variable is like this.",
        "a-b: left out: a variable's name has letters, digits and _ alone.",
    ]


@pytest.mark.parametrize("write", [lambda specs: to_json(json_schema(specs)), write_pydantic])
def test_variables_come_back_as_they_went_out(write):
    specs = [
        read_config(config)
        for config in (
            {"name": "condition", "type": "string", "choices": ["Mint", "Good"], "required": True},
            {"name": "grade", "type": "float", "min_value": 0, "max_value": 10, "step_size": 0.5},
            {"name": "spots", "type": "integer", "min_value": 0, "description": "Both sides."},
            {"name": "genuine", "type": "boolean", "default_value": True},
            {"name": "flaws", "type": "array", "max_length": 5, "item_schema": {"type": "string"}},
            {
                "name": "seller",
                "type": "object",
                "item_schema": [{"name": "city", "type": "string", "required": True}],
            },
            {"name": "note", "type": "string", "max_length": 400},
        )
    ]

    read = read_schema(write(specs))

    assert [read_config(config) for config in read.configs] == specs
    assert read.left == []


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "class A:\n    x: int", "def (", '{"type": "array"}', "x" * 300_000]
)
def test_what_is_neither_is_refused(text):
    with pytest.raises(ConfigError):
        read_schema(text)


def test_a_schema_that_refers_to_itself_ends():
    schema = {
        "$defs": {"a": {"$ref": "#/$defs/a"}},
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/a"}, "y": {"type": "string"}},
    }

    variables, left = configs(to_json(schema))

    assert list(variables) == ["y"]
    assert left == ["x: left out: no type of variable is like this."]


@pytest.mark.parametrize(
    "text",
    [
        "class A(B):\n    x: int\nclass B(A, BaseModel):\n    y: int\n",
        f"class A(BaseModel):\n    x: {'|'.join(['int'] * 1_500)}\n",
        '{"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}}',
    ],
)
def test_circles_and_endless_nesting_are_refused(text):
    with pytest.raises(ConfigError, match="less deeply"):
        read_schema(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"properties": {"a": {"type": "string", "enum": 5}}, "required": [["a"], {}]}',
        '{"properties": {"a": {"enum": 5}, "b": {"type": "string"}}}',
        "class A(BaseModel):\n    a: Optional[()]\n    b: list[()]\n",
        "class A(BaseModel):\n    a: int = Field(gt=1e999)\n",
    ],
)
def test_parts_of_the_wrong_kind_count_as_not_said(text):
    read = read_schema(text)

    assert [config["type"] for config in read.configs] in (["string"], ["array"], ["integer"])
