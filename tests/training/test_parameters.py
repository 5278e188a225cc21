"""One declaration of a parameter serves the form, the API, a command and the JSON Schema."""

import math

import jsonschema
import pytest
from django import forms

from annotator.errors import BadInput
from annotator.training.backends import BACKENDS
from annotator.training.backends.parameters import (
    ChoiceParameter,
    FloatParameter,
    IntegerParameter,
    SwitchParameter,
    TextParameter,
    check_parameters,
    parameters_schema,
)
from annotator.training.forms import ParametersForm

EPOCHS = IntegerParameter(
    name="epochs", label="Epochs", help="Passes over the data.", default=3, minimum=1, maximum=10
)
RATE = FloatParameter(
    name="rate", label="Learning rate", default=2e-4, minimum=0, maximum=0.1, unit="per step"
)
METHOD = ChoiceParameter(
    name="method", label="Method", default="lora", choices={"lora": "LoRA", "full": "All weights"}
)
TARGETS = TextParameter(name="targets", label="Target modules", default="", max_length=5)
VISION = SwitchParameter(name="vision", label="Train the vision part too", default=False)
RANK = IntegerParameter(name="rank", label="Rank", default=None, minimum=1, maximum=64)
PARAMETERS = [EPOCHS, RATE, METHOD, TARGETS, VISION, RANK]
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

ACCEPTED = [
    ("epochs", 1, 1),
    ("epochs", 10, 10),
    ("epochs", 2.0, 2),
    ("epochs", "7", 7),
    ("rate", 0, 0.0),
    ("rate", 0.1, 0.1),
    ("rate", "1e-4", 1e-4),
    ("method", "full", "full"),
    ("targets", "", ""),
    ("targets", "q_pr*", "q_pr*"),
    ("vision", True, True),
    ("vision", "off", False),
    ("rank", None, None),
    ("rank", "", None),
    ("rank", 64, 64),
]
REFUSED = [
    *[("epochs", value) for value in (0, 11, 1.5, math.inf, math.nan, True, None, "", "x", [1])],
    *[("rate", value) for value in (-0.1, 0.2, math.nan, math.inf, "nan", "fast", False, None, {})],
    *[("method", value) for value in ("", "LoRA", None, 1, ["lora"])],
    *[("targets", value) for value in ("longer", "a\nb", None, 1)],
    *[("vision", value) for value in ("", "perhaps", None, 2)],
    *[("rank", value) for value in (0, 65, "x")],
]


def is_text_of_something_else(name, value):
    """Text is read for forms and commands; the JSON Schema asks for the type itself."""
    return isinstance(value, str) and name not in {"method", "targets"}


@pytest.mark.parametrize(("name", "value", "stored"), ACCEPTED)
def test_a_value_is_read_into_its_own_type(name, value, stored):
    checked = BY_NAME[name].check(value)

    assert (checked, type(checked)) == (stored, type(stored))
    assert BY_NAME[name].form_field().clean(value) == stored
    jsonschema.validate({name: stored}, parameters_schema(PARAMETERS))
    if not is_text_of_something_else(name, value):
        jsonschema.validate({name: value}, parameters_schema(PARAMETERS))


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_form_call_and_schema_refuse_the_same(name, value):
    with pytest.raises(forms.ValidationError):
        BY_NAME[name].form_field().clean(value)
    with pytest.raises(BadInput, match=BY_NAME[name].label):
        check_parameters(PARAMETERS, {name: value})
    if isinstance(value, float) and not math.isfinite(value):
        return  # no JSON
    if value != "a\nb":  # JSON Schema has no word for one line
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value}, parameters_schema(PARAMETERS))


def test_what_is_missing_gets_its_default_and_other_keys_are_left_out():
    assert check_parameters(PARAMETERS, {"epochs": 5, "unknown": 1}) == {
        "epochs": 5,
        "rate": 2e-4,
        "method": "lora",
        "targets": "",
        "vision": False,
        "rank": None,
    }


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(BadInput) as caught:
        check_parameters(PARAMETERS, {"epochs": 0, "method": "none"})

    assert caught.value.fields["training_params"] == [
        "Epochs: Enter a whole number from 1 to 10.",
        "Method: Choose one of: lora, full.",
    ]


def test_a_default_outside_the_bounds_cannot_be_declared():
    with pytest.raises(ValueError, match="from 1 to 10"):
        IntegerParameter(name="n", label="N", default=11, minimum=1, maximum=10)


def test_the_schema_says_label_unit_default_and_bounds():
    schema = parameters_schema(PARAMETERS)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["rate"] == {
        "title": "Learning rate (per step)",
        "description": "",
        "type": "number",
        "default": 2e-4,
        "minimum": 0,
        "maximum": 0.1,
    }
    assert schema["properties"]["rank"]["type"] == ["integer", "null"]
    assert schema["additionalProperties"] is True


def test_a_field_carries_label_help_bounds_and_default():
    class Form(forms.Form):
        epochs = EPOCHS.form_field()
        vision = VISION.form_field()
        rank = RANK.form_field()

    html = str(Form())

    assert "Epochs" in html
    assert "Passes over the data." in html
    assert 'min="1" max="10" step="1" required' in html.replace('value="3" ', "")
    assert 'type="checkbox"' in html
    assert Form({"epochs": "2"}).is_valid()  # a switch that is off and an empty field are not sent


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_the_parameters_of_every_backend_have_defaults_that_its_schema_accepts(backend):
    schema = parameters_schema(backend.parameters)

    jsonschema.validate(check_parameters(backend.parameters, {}), schema)


def test_rare_parameters_are_folded_away_until_one_is_set_or_refused():
    backend = BACKENDS["vlm"]

    def is_open(data=None, **params):
        form = ParametersForm(data, backend=backend, params=params)
        return {group.label: group.is_open for group in form.groups()}

    assert not any(is_open().values())
    assert is_open(rank=8)["Adapter"]
    refused = {f"vlm-{name}": "" for name in [each.name for each in backend.parameters]}
    assert is_open(refused | {"vlm-seed": "x"})["Memory, checkpoints and seed"]
    fields = [
        bound.name
        for group in ParametersForm(None, backend=backend, params={}).groups()
        for bound in group.fields
    ]
    assert fields == [parameter.name for parameter in backend.parameters]
