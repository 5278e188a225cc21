"""JSON Schema agrees with the check; differences give back both sides."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from annotator.variables import (
    ValueRefused,
    answer_form,
    difference,
    json_schema,
    learn_template,
    read,
    render,
)
from annotator.variables.json_text import same
from tests.variables.strategies import FLOATS, INTEGERS, JSON, STRINGS, legal_pairs, spec_of

FAST = settings(deadline=None, max_examples=150)

ANY_VALUE = st.one_of(
    JSON, STRINGS, FLOATS, INTEGERS, st.sampled_from([0.1 * 3, 1.7, 10.0, True, ""])
)
LIMITED = st.sampled_from(
    [
        spec_of("string", min_length=2, max_length=5),
        spec_of("string", choices="a,b"),
        spec_of("integer", min_value=0, max_value=10),
        spec_of("float", min_value=0, max_value=10, step_size=0.5),
        spec_of("boolean", required=True),
        spec_of("array", min_length=1, max_length=2),
        spec_of("array", item_schema={"type": "integer", "min_value": 1}),
        spec_of("object", item_schema=[{"name": "a", "type": "integer", "required": True}]),
    ]
)


def fulfils(specs, checked, profile="full"):
    """Whether the published schema takes the value, as any validator reads both."""
    schema = json.loads(json.dumps(json_schema(specs, profile)))
    return Draft202012Validator(schema).is_valid(json.loads(json.dumps({"it": checked})))


@FAST
@given(legal_pairs())
def test_a_canonical_value_fulfils_both_schemas(pair):
    spec, value = pair
    checked = spec.check(value)

    assert fulfils([spec], checked)
    if spec.type_rules.scalar:  # lists and objects of unknown shape are narrower in the strict one
        assert fulfils([spec], checked, "strict")


@FAST
@given(LIMITED, ANY_VALUE)
def test_what_the_check_takes_the_schema_takes_too(spec, value):
    try:
        checked = spec.check_answer(value)
    except ValueRefused:
        return

    assert fulfils([spec], checked)


@FAST
@given(legal_pairs())
def test_form_check_and_rendering_agree_on_one_value(pair):
    spec, value = pair
    checked = spec.check(value)

    written = render(learn_template('{"it": {{it}}}', "json", [spec]), {"it": checked})
    reading = read(learn_template('{"it": {{it}}}', "json", [spec]), written)

    assert same(reading.values["it"], checked)
    assert reading.steps == ()
    if spec.type_rules.scalar:
        form = answer_form({"k": spec}, data={"v-k": spec.text(checked)})
        assert form.is_valid(), form.errors
        assert same(form.values["k"], checked)


def test_the_documented_variables_have_this_schema():
    specs = [
        spec_of("float", "grade", required=True, min_value=0.0, max_value=10.0, step_size=0.5),
        spec_of("string", "condition", choices="mint,good", description="Of the item"),
    ]

    full, strict = json_schema(specs), json_schema(specs, "strict")

    assert full["properties"]["grade"] == {
        "type": "number",
        "minimum": 0.0,
        "maximum": 10.0,
        "multipleOf": 0.5,
    }
    assert full["required"] == ["grade"]
    assert strict["properties"]["grade"] == {
        "type": "number",
        "description": "Steps of 0.5, counted from 0; this schema does not check them.",
    }
    assert strict["required"] == ["grade", "condition"]
    assert strict["properties"]["condition"] == {
        "type": ["string", "null"],
        "enum": ["mint", "good", None],
        "description": "Of the item",
    }


@pytest.mark.parametrize(
    "step", ["0.1", "0.01", "0.3", "0.7", "0.5", "0.25", "0.75", "1", "3", "1e-7"]
)
@pytest.mark.parametrize("start", ["0", "-1", "0.1"])
def test_every_legal_step_fulfils_the_schema(step, start):
    start, step = Decimal(start), Decimal(step)
    end = start + 1000 * step
    spec = spec_of("float", min_value=str(start), max_value=str(end), step_size=str(step))
    row = spec_of("array", item_schema=[{**spec_config(spec), "name": "price"}])

    values = [spec.check(float(start + number * step)) for number in range(1001)]

    assert [value for value in values if not fulfils([spec], value)] == []
    assert fulfils([row], [{"price": value} for value in values])


@FAST
@given(st.floats(0, 1e300), st.sampled_from([0.5, 3, 0.75, 1, 0.1]))
def test_large_numbers_of_the_check_fulfil_the_schema(value, step):
    spec = spec_of("float", step_size=step)
    try:
        checked = spec.check(value)
    except ValueRefused:
        return

    assert fulfils([spec], checked)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"min_value": 1, "step_size": 4}, "Steps of 4, counted from 1; this schema does not"),
        ({"step_size": 0.1}, "Steps of 0.1, counted from 0; this schema does not"),
    ],
)
def test_steps_that_validators_get_wrong_are_left_to_the_check_and_the_schema_says_so(
    limits, words
):
    schema = json_schema([spec_of("float", description="How worn.", **limits)])["properties"]["it"]

    assert "multipleOf" not in schema
    assert schema["description"].startswith(f"How worn. {words}")


def spec_config(spec):
    rules = spec.type_rules
    limits = {key: str(getattr(rules, key)) for key in ("min_value", "max_value", "step_size")}
    return {"type": "float", **limits}


@FAST
@given(ANY_VALUE, ANY_VALUE)
def test_a_difference_holds_both_sides_whole(old, new):
    result = difference(spec_of("string").type_rules, old, new)

    assert bool(result) == (not same(old, new) and (old, new) not in [(None, ""), ("", None)])
    if isinstance(old, str) and isinstance(new, str):
        kept = [(piece.kind, piece.text) for piece in result.pieces]
        assert "".join(text for kind, text in kept if kind != "added") == old
        assert "".join(text for kind, text in kept if kind != "removed") == new


def test_a_difference_marks_words_and_counts_numbers():
    text, number = spec_of("string").type_rules, spec_of("float").type_rules
    pieces = difference(text, "A small dent, left", "A deep dent, left").pieces

    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "A "),
        ("removed", "small"),
        ("added", "deep"),
        ("same", " dent, left"),
    ]
    assert difference(number, 8.0, 8.5).change == "+0.5"
    assert difference(number, None, 8.5).change == ""
    assert difference(spec_of("boolean").type_rules, True, False).pieces[0].text == "Yes"
