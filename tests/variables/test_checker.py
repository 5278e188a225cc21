"""One table per type: what is taken, as what, and what is refused."""

import math
from decimal import Decimal

import pytest

from annotator.variables import MISSING, ValueRefused, read_config, to_json, unwrap, wrap


def spec_of(type_name, **config):
    return read_config({"name": "it", "type": type_name, **config})


def refusal(spec, value):
    with pytest.raises(ValueRefused) as caught:
        spec.check_answer(value)
    return caught.value.code


HUGE = 10**5000
GRADE = spec_of("float", min_value=0.0, max_value=10.0, step_size=0.5)
TENTHS = spec_of("float", step_size=0.1)
FROM_ONE = spec_of("float", min_value=1, max_value=10, step_size=4)
COUNT = spec_of("integer", min_value=0, max_value=10.0)
CONDITION = spec_of("string", choices="mint,near_mint, excellent,,good,poor")
NAME = spec_of("string", min_length=2, max_length=3)
TAGS = spec_of("array", min_length=1, max_length=2)
ANY = spec_of("array")
FREE = spec_of("object")
NUMBERS = spec_of("array", item_schema={"type": "integer", "max_value": 5})
PART = spec_of(
    "object",
    item_schema=[
        {"name": "what", "type": "string", "required": True},
        {"name": "count", "type": "integer"},
    ],
)


@pytest.mark.parametrize(
    ("spec", "value", "canonical"),
    [
        (GRADE, 8.5, "8.5"),
        (GRADE, 8, "8.0"),
        (GRADE, Decimal("8.50"), "8.5"),
        (GRADE, -0.0, "0.0"),
        (TENTHS, 1.7, "1.7"),
        (TENTHS, 0.1 + 0.2, "0.3"),
        (TENTHS, 1e15, "1000000000000000.0"),
        (FROM_ONE, 9, "9.0"),
        (FROM_ONE, 10, "10.0"),  # the greatest value is legal, though no step ends on it
        (COUNT, 10.0, "10"),
        (COUNT, 0, "0"),
        (CONDITION, "near_mint", '"near_mint"'),
        (CONDITION, " good ", '"good"'),
        (spec_of("string", choices=[1, 2]), 2, '"2"'),
        (NAME, "e\u0301e\u0301e\u0301", '"ééé"'),
        (NAME, "\U0001f600" * 3, '"😀😀😀"'),
        (spec_of("string"), " a\r\nb\rc ", '" a\\nb\\nc "'),
        (spec_of("string"), " \t\n\u2003", "null"),
        (spec_of("boolean"), False, "false"),
        (spec_of("boolean", required=True), False, "false"),
        (TAGS, ["a"], '["a"]'),
        (ANY, [], "[]"),
        (spec_of("array", required=True), [], "[]"),
        (ANY, [1, 1.0, True, None, {"a": []}], '[1, 1.0, true, null, {"a": []}]'),
        (NUMBERS, [1.0, 5], "[1, 5]"),
        (FREE, {"value": 1}, '{"value": 1}'),
        (PART, {"what": "x", "count": None}, '{"what": "x"}'),
        (GRADE, MISSING, "null"),
        (GRADE, None, "null"),
    ],
)
def test_a_legal_value_becomes_its_canonical_form(spec, value, canonical):
    checked = spec.check_answer(value)

    assert to_json(checked) == canonical
    assert to_json(spec.check_answer(checked)) == canonical


@pytest.mark.parametrize(
    ("spec", "value", "code"),
    [
        (GRADE, 8.7, "step_size"),
        (GRADE, 10.5, "max_value"),
        (GRADE, -0.5, "min_value"),
        (GRADE, "8.5", "type"),
        (GRADE, True, "type"),
        (GRADE, math.nan, "type"),
        (GRADE, math.inf, "type"),
        pytest.param(GRADE, HUGE, "type", id="5,000 digits"),
        (GRADE, Decimal("1e999999999"), "type"),
        (TENTHS, 1.75, "step_size"),
        (FROM_ONE, 8, "step_size"),
        (COUNT, "1", "type"),
        (COUNT, True, "type"),
        (COUNT, 1.5, "type"),
        (COUNT, 11, "max_value"),
        (spec_of("integer"), 2**63, "size"),
        (CONDITION, "Mint", "choices"),
        (CONDITION, True, "type"),
        pytest.param(CONDITION, HUGE, "type", id="5,000 digits as a choice"),
        (NAME, "a", "min_length"),
        (NAME, "abcd", "max_length"),
        (spec_of("string"), 5, "type"),
        (spec_of("string"), "a\0", "characters"),
        (spec_of("string"), "\ud800", "characters"),
        (spec_of("string"), "a" * 100_001, "size"),
        (spec_of("boolean"), 1, "type"),
        (spec_of("boolean"), "true", "type"),
        (TAGS, [], "min_length"),
        (TAGS, ["a", "b", "c"], "max_length"),
        (TAGS, "a", "type"),
        (ANY, ["\0"], "characters"),
        (ANY, [math.inf], "type"),
        (ANY, [HUGE], "size"),
        (CONDITION, 10.0, "choices"),
        (ANY, [0] * 10_001, "size"),
        (FREE, [], "type"),
        (FREE, {"\ud800": 1}, "characters"),
        (NUMBERS, [1, 9], "max_value"),
        (NUMBERS, [None], "type"),
        (PART, {"count": 1}, "required"),
        (PART, {"what": "x", "colour": 1}, "type"),
        (spec_of("string", required=True), "  ", "required"),
        (spec_of("boolean", required=True), MISSING, "required"),
    ],
)
def test_an_illegal_value_is_refused_with_a_stable_code(spec, value, code):
    assert refusal(spec, value) == code


def test_json_nested_a_hundred_thousand_deep_is_refused():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]

    assert refusal(ANY, deep) == "size"


def test_a_refusal_says_what_to_do():
    with pytest.raises(ValueRefused, match=r"Use steps of 0\.5, such as 8\.5\."):
        GRADE.check(8.7)
    with pytest.raises(ValueRefused, match=r"Entry 2: Give 5 or less\."):
        NUMBERS.check([1, 9])


@pytest.mark.parametrize(
    ("spec", "raw", "value"),
    [
        (GRADE, {"value": 8.5}, 8.5),
        (GRADE, 8.5, 8.5),
        (GRADE, {"value": None}, None),
        (FREE, {"value": {"a": 1}}, {"a": 1}),
        (FREE, {"value": 1}, {"value": 1}),
        (FREE, {"value": 1, "b": 2}, {"value": 1, "b": 2}),
        (FREE, {"a": 1}, {"a": 1}),
        (ANY, {"value": [1]}, [1]),
    ],
)
def test_the_wrapper_is_taken_off_once(spec, raw, value):
    assert unwrap(raw, spec) == value


def test_an_object_with_a_field_named_value_survives_the_wrapper():
    spec = spec_of("object", item_schema=[{"name": "value", "type": "integer"}])
    inner = {"value": 3}

    assert unwrap(wrap(inner), spec) == inner
    assert unwrap(inner, spec) == inner


@pytest.mark.parametrize(
    ("spec", "value", "shown"),
    [
        (GRADE, 8, "8.0"),
        (spec_of("float"), 8.0, "8"),
        (spec_of("float", step_size=0.05), 0.1, "0.10"),
        (spec_of("boolean"), False, "No"),
        (spec_of("boolean"), None, "—"),
        (ANY, ["a", 1, {"b": 2}], 'a, 1, {"b": 2}'),
        (PART, {"what": "x", "count": 2}, "what: x, count: 2"),
        (GRADE, "no longer legal", "no longer legal"),
    ],
)
def test_a_value_is_shown_to_people_as_they_write_it(spec, value, shown):
    assert spec.display(value) == shown
