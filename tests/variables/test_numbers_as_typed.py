"""Numbers as the world's keyboards write them."""

import pytest

from annotator.variables import ValueRefused, answer_form
from tests.variables.strategies import spec_of

GRADE = spec_of("float", min_value=-10, max_value=10)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("８．５", 8.5),
        ("８，５", 8.5),
        ("٨", 8.0),
        ("٨٫٥", 8.5),
        ("\u061c-٨", -8.0),
        ("८.५", 8.5),
        ("−5", -5.0),
        ("－５", -5.0),
        ("8,5", 8.5),
        ("\u00a08.5\u3000", 8.5),
    ],
)
def test_a_number_is_read_in_any_script(text, value):
    form = answer_form({"k": GRADE}, data={"v-k": text})

    assert form.is_valid(), form.errors
    assert form.values["k"] == value
    assert GRADE.type_rules.coerce(text)[0] == value
    assert GRADE.type_rules.operand(None, text) == value


@pytest.mark.parametrize(
    "text", ["2²", "①", "½", "8٬5", "1,000", "１，０００", "5–", "--5", "inf", "−"]
)
def test_what_is_no_plain_number_is_refused(text):
    assert not answer_form({"k": GRADE}, data={"v-k": text}).is_valid()
    with pytest.raises(ValueRefused):
        GRADE.type_rules.coerce(text)
    with pytest.raises(ValueError):
        GRADE.type_rules.operand(None, text)
