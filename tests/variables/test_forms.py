"""A browser's form: what it shows, what comes back, and that it agrees with the JSON check."""

import pytest
from hypothesis import given, settings

from annotator.variables import ValueRefused, answer_form, to_json
from annotator.variables.json_text import same
from tests.variables.paper_browser import post, read_page
from tests.variables.strategies import JSON, ROW, legal_pairs, spec_of

ANY = spec_of("array", max_length=2)
NUMBERS = spec_of("array", item_schema={"type": "integer", "max_value": 5})
FAST = settings(deadline=None, max_examples=100)


def form_for(spec, **kwargs):
    return answer_form({"key": spec}, **kwargs)


def sent(spec, data, **kwargs):
    """The value, or the code of the error, for what a browser posts under the variable's name."""
    form = form_for(spec, data={f"v-key{name}": text for name, text in data.items()}, **kwargs)
    if form.is_valid():
        return form.values["key"]
    return form.errors.as_data()["key"][0].code


@FAST
@given(legal_pairs())
def test_an_untouched_form_gives_back_the_stored_value(pair):
    spec, value = pair
    stored = spec.check(value)

    form = form_for(spec, data=post(form_for(spec, initial={"key": stored})))

    assert form.is_valid(), form.errors
    assert same(form.values["key"], stored), (form.values["key"], stored)


@FAST
@given(legal_pairs())
def test_a_form_that_is_drawn_again_keeps_what_was_typed(pair):
    spec, value = pair
    data = post(form_for(spec, initial={"key": spec.check(value)}))

    assert post(form_for(spec, data=data)) == data


@FAST
@given(JSON)
def test_json_text_in_a_form_and_the_json_check_agree(value):
    specs = {dict: [spec_of("object"), spec_of("object", item_schema=ROW)], list: [ANY, NUMBERS]}
    for spec in specs.get(type(value), []):
        try:
            checked = spec.check(value)
        except ValueRefused as error:
            checked = error.code
        assert same(sent(spec, {"": to_json(value)}), checked)


GRADE = spec_of("float", "grade", required=True, min_value=0, max_value=10, step_size=0.5)
TABLE = spec_of("array", item_schema=[{**ROW[0], "required": True}, *ROW[1:]], max_length=3)


@pytest.mark.parametrize(
    ("spec", "data", "expected"),
    [
        (GRADE, {"": "8.5"}, 8.5),
        (GRADE, {"": "8,5"}, 8.5),
        (GRADE, {"": " 8 "}, 8.0),
        (GRADE, {"": ""}, None),
        (GRADE, {}, None),
        (GRADE, {"": "8.7"}, "step_size"),
        (GRADE, {"": "eight"}, "type"),
        (GRADE, {"": "1e400"}, "type"),
        (GRADE, {"": "1_0"}, "type"),
        (GRADE, {"": "nan"}, "type"),
        (spec_of("float"), {"": "1,000"}, "type"),  # a thousand to some, one to others
        (spec_of("integer"), {"": "3"}, 3),
        (spec_of("integer"), {"": "3.0"}, 3),
        (spec_of("integer"), {"": "3.5"}, "type"),
        (spec_of("integer"), {"": "9" * 5000}, "type"),
        (spec_of("boolean"), {"": "false"}, False),
        (spec_of("boolean"), {"": ""}, None),
        (spec_of("boolean"), {"": "maybe"}, "type"),
        (spec_of("string"), {"": "a\r\nb"}, "a\nb"),
        (spec_of("string"), {"": "a\0b"}, "characters"),
        (spec_of("string", choices="a,b"), {"": "c"}, "choices"),
        (spec_of("array"), {"": "one\r\n\r\n two \r\n"}, ["one", "two"]),
        (spec_of("array"), {"": "[]"}, []),
        (spec_of("array"), {"": " \r\n"}, None),
        (spec_of("array"), {"": "[1, "}, "syntax"),
        (spec_of("array", item_schema={"type": "integer"}), {"": "1\r\n2"}, [1, 2]),
        (spec_of("array", item_schema={"type": "integer"}), {"": "1\r\nx"}, "type"),
        (TABLE, {".0.what": "a", ".0.sold": "true", ".7.what": "b", ".8.what": " "}, None),
        (TABLE, {".0.what": "a", ".0.price": "1e19"}, [{"what": "a", "price": 1e19}]),
        (TABLE, {".0.count": "1"}, "required"),
        (TABLE, {".0.what": ""}, None),
        (TABLE, {".0.what": "", ".empty": "1"}, []),
        (TABLE, {f".{n}.what": "a" for n in range(4)}, "max_length"),
        (spec_of("object"), {"": '{"a": 1}'}, {"a": 1}),
        (spec_of("object"), {"": '{"a": 1,}'}, "syntax"),
        (spec_of("object"), {"": '{"a": 1, "a": 2}'}, "syntax"),
        (spec_of("object"), {"": '{"a": NaN}'}, "syntax"),
        (spec_of("object", item_schema=ROW), {".what": "a", ".count": ""}, {"what": "a"}),
        (spec_of("object", item_schema=ROW), {".what": "", ".count": ""}, None),
        (spec_of("object", item_schema=ROW), {".count": "x"}, "type"),
    ],
)
def test_what_a_browser_posts_is_read_and_checked(spec, data, expected):
    if spec is TABLE and ".7.what" in data:
        expected = [{"what": "a", "sold": True}, {"what": "b"}]

    assert same(sent(spec, data), expected)


def test_a_draft_may_lack_what_a_submit_requires():
    assert sent(GRADE, {}) is None
    assert sent(GRADE, {}, require=True) == "required"
    assert sent(spec_of("boolean", required=True), {"": "false"}, require=True) is False
    assert sent(spec_of("array", required=True), {"": "[]"}, require=True) == []


def test_an_error_names_line_and_column_of_the_json():
    form = form_for(spec_of("object"), data={"v-key": '{"a": 1,\r\n "b": }'})

    assert form.errors["key"] == ["Not valid JSON at line 2, column 7: Expecting value."]


def test_limits_reach_the_browser_as_attributes():
    form = answer_form({"a": GRADE, "b": spec_of("string", max_length=10, description="Who.")})

    page = " ".join(str(form).split())  # lines end between attributes

    assert 'data-step="0.5" inputmode="decimal" data-min="0" data-max="10"' in page
    assert 'aria-required="true"' in page
    assert "0 to 10, in steps of 0.5" in page
    assert 'data-max-length="10"' in page
    assert 'maxlength="20"' in page  # UTF-16 units: a legal text is never cut
    assert 'aria-describedby="id_v-b_helptext"' in page


def test_long_limits_of_a_number_stand_below_its_input_and_short_ones_above():
    long = str(form_for(spec_of("float", min_value=0, max_value=1000, step_size=0.01)))
    short = str(form_for(spec_of("integer", min_value=0, max_value=10)))

    assert long.index("<input") < long.index("0 to 1000, in steps of 0.01")
    assert short.index("0 to 10") < short.index("<input")


def test_a_list_of_choices_names_them_below_its_lines():
    color = {"type": "string", "choices": "red,blue"}
    colors = spec_of("array", item_schema=color, min_length=1)

    assert "One per line: red, blue.</p>" in str(form_for(colors))


def test_a_browser_is_not_told_a_step_that_would_refuse_the_greatest_value():
    page = str(form_for(spec_of("float", min_value=1, max_value=10, step_size=4)))

    assert 'step="any"' in page


def test_few_choices_are_radio_buttons_and_many_are_a_list():
    few = str(form_for(spec_of("string", choices="a,b,c,d,e,f,g,h,i")))
    many = str(form_for(spec_of("string", choices="a,b,c,d,e,f,g,h,i,j")))

    assert few.count('type="radio"') == 10  # one takes the answer back
    assert "<select" in many


def test_a_stored_value_that_is_no_longer_legal_stays_in_sight():
    for choices in ("a,b", "a,b,c,d,e,f,g,h,i,j"):
        spec = spec_of("string", choices=choices)
        form = form_for(spec, initial={"key": "mint"})

        assert "mint (no longer a choice)" in str(form)
        assert post(form)["v-key"] == "mint"
    odd = form_for(spec_of("object", item_schema=ROW), initial={"key": {"colour": "red"}})
    assert '"colour"' in post(odd)["v-key"]


def test_a_default_is_shown_as_not_confirmed_and_a_stored_value_replaces_it():
    spec = spec_of("boolean", default_value=False)

    fresh = form_for(spec)
    assert ", not confirmed" in str(fresh)
    assert post(fresh)["v-key"] == "false"

    assert "not confirmed" not in str(form_for(spec, data={"v-key": "true"}))
    for stored in (True, None):
        assert "not confirmed" not in str(form_for(spec, initial={"key": stored}))


def test_every_description_that_is_pointed_at_exists_and_ids_are_unique():
    specs = {
        "a": spec_of("float", min_value=1, description="How much."),
        "b": spec_of("string", choices="x,y", description="Which."),
        "c": spec_of("array", item_schema=ROW, description="What was sold."),
        "d": spec_of(
            "object", item_schema=[*ROW, {"name": "n", "type": "integer", "min_value": 1}]
        ),
        "e": spec_of("array", min_length=1),
    }

    for form in (answer_form(specs), answer_form(specs, data={"v-a": "x"}, require=True)):
        page = read_page(form)
        assert set(page.described) <= set(page.ids)
        assert len(page.ids) == len(set(page.ids))


def test_markup_in_names_and_values_is_escaped():
    evil = '<script>"&'
    specs = {"a": spec_of("string", choices=[evil], description=evil), "b": spec_of("string")}

    page = str(answer_form(specs, initial={"a": evil, "b": "</textarea><script>"}))

    assert "<script>" not in page


def test_a_choice_is_picked_by_its_number_and_yes_or_no_by_their_letters():
    choice = str(form_for(spec_of("string", choices="mint,poor", required=True)))
    answer = str(form_for(spec_of("boolean", required=True)))

    assert [choice.count(f'data-key="{key}"') for key in "123"] == [1, 1, 0]
    assert [answer.count(f'data-key="{key}"') for key in "yn1"] == [1, 1, 0]
