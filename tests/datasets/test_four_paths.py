"""One checker: the form, the API, the mirror and the push agree on any value of any variable (V4).

They agree on whether it is taken and on what is stored. The mirror alone keeps what it must refuse, since
the remote holds it: as it is, marked, and never sent.
"""

import json
import uuid

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, save_value
from annotator.annotation.models import AnswerValue
from annotator.datasets.actions import apply_remote_values, set_value
from annotator.datasets.actions.mirrored import RemoteValueUpdate
from annotator.datasets.models import Variable, VariableValue
from annotator.push.compare import Held, alike, base_of, ours_of, state_of, theirs_of
from annotator.remote.values import RemoteValue
from annotator.variables import (
    ConfigError,
    ValueRefused,
    answer_form,
    read_config,
    to_json,
    unwrap,
    wrap,
)
from annotator.variables.json_text import same
from tests.api.client import ApiCaller
from tests.factories import make_dataset, make_member, make_sample, make_token
from tests.variables.configs import VALUES, configs

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

REFUSED = object()
FAST = settings(
    deadline=None,
    max_examples=60,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
BULK = "/vlm/v2/value/bulk/"


class World:
    """A dataset, and who writes into it by each of the ways."""

    def __init__(self):
        self.member = make_member(Role.ADMIN)
        self.api = ApiCaller(make_token(self.member))
        self.dataset = make_dataset(workspace=self.member.workspace)

    def variable(self, config):
        """The variable, or None when the API refuses its config."""
        Variable.objects.filter(dataset=self.dataset).update(removed_at=self.dataset.created_at)
        body = json.dumps({"dataset": str(self.dataset.pk), **config}).encode()
        answer = self.api.raw("/vlm/v2/variable/", body)
        assert answer.status_code in {201, 400}, answer.content
        return None if answer.status_code == 400 else Variable.objects.get(pk=answer.json()["id"])

    def sample(self):
        return make_sample(dataset=self.dataset)


def stored(sample, variable):
    """What the database holds now, in its canonical spelling; None: no value."""
    row = VariableValue.objects.filter(sample=sample, variable=variable).first()
    if row is None or not row.is_set:
        return None
    assert row.invalid_since is None
    assert variable.spec.holds(row.value, variable.spec.check(row.value))
    return variable.spec.check(row.value)


def by_form(world, variable, text):
    """Typed into the page and saved as a draft."""
    form = answer_form({"key": variable.spec}, data={"v-key": text})
    if not form.is_valid():
        return REFUSED
    answer = open_answer(world.sample(), by=world.member.user)
    save_value(
        answer,
        variable,
        form.values["key"],
        expected_rev=0,
        operation_id=uuid.uuid4(),
        by=world.member.user,
    )
    row = AnswerValue.objects.filter(answer=answer, variable=variable).first()
    return variable.spec.check(row.value) if row and row.is_set else None


def by_api(world, variable, value):
    """add-variable-value, as any client of the platform calls it."""
    sample = world.sample()
    body = json.dumps({"dataset_variable": str(variable.pk), "value": wrap(value)}).encode()
    answer = world.api.raw(f"/vlm/v2/sample/{sample.pk}/add-variable-value/", body)
    assert answer.status_code in {200, 400}, answer.content
    if answer.status_code == 400:
        assert not VariableValue.objects.filter(sample=sample).exists()
        return REFUSED
    assert same(answer.json()["value"], json.loads(to_json(stored(sample, variable))))
    return stored(sample, variable)


def by_bulk(world, variable, value):
    """One row of value/bulk."""
    sample = world.sample()
    row = {"sample": str(sample.pk), "dataset_variable": str(variable.pk), "value": wrap(value)}
    answer = world.api.raw(BULK, json.dumps({"values": [row]}).encode())
    assert answer.status_code in {200, 400}, answer.content
    return REFUSED if answer.status_code == 400 else stored(sample, variable)


def by_mirror(world, variable, value):
    """(what is stored, what marks it) of a value that a remote shows."""
    sample = world.sample()
    shown = {"it": RemoteValue(variable_id=None, name=variable.name, value=value)}
    theirs = theirs_of(variable, shown)
    if not theirs.is_set:
        return None, ""
    state = state_of(theirs)
    taken = RemoteValueUpdate(
        sample=sample, variable=variable, row=None, value=theirs.value, remote_state=state
    )
    apply_remote_values([taken])
    row = VariableValue.objects.get(sample=sample, variable=variable)
    # Seen again, it is neither a change of theirs nor one of ours.
    assert alike(ours_of(variable, row), theirs)
    assert alike(base_of(variable, row), theirs)
    if row.invalid_since is not None:
        return row.value, row.invalid_reason
    return stored(sample, variable), ""


def by_push(variable, value):
    """What a server of the same kind keeps of the value that is sent to it."""
    sent = json.loads(to_json(wrap(value)))
    return variable.spec.check(unwrap(sent, variable.spec))


def typed(variable, value):
    """The text that a person types to mean this value; None where the page has no way to say it."""
    if value is None:
        return ""
    if variable.type == "string":
        return value if isinstance(value, str) else None
    if variable.type == "boolean":
        return to_json(value) if isinstance(value, bool) else None
    if variable.type in {"integer", "float"}:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return repr(value) if is_number else None
    return (
        to_json(value)
        if isinstance(value, {"array": list, "object": dict}[variable.type])
        else None
    )


def over_the_wire(value):
    """As JSON brings it, where JSON has it and the guard of the API lets it by."""
    try:
        text = to_json(value)
        text.encode()
    except ValueError:  # NaN, infinity, half of a surrogate pair
        assume(False)
    assume("\\u0000" not in json.dumps(value))
    return json.loads(text)


def checked(variable, value):
    try:
        return variable.spec.check(value)
    except ValueRefused:
        return REFUSED


def agree(one, other):
    return one is other or (REFUSED not in (one, other) and same(one, other))


@pytest.fixture
def world():
    return World()


@FAST
@example({"name": "it", "type": "boolean", "default_value": []})
@given(configs())
def test_the_api_takes_the_variables_that_the_checker_knows(world, config):
    config = over_the_wire(config)
    variable = world.variable(config)

    try:
        spec = read_config(config)
    except ConfigError:
        assert variable is None
    else:
        assert variable is not None
        assert variable.spec == spec


@FAST
@given(configs(), VALUES)
def test_all_ways_take_the_same_values_and_store_the_same(world, config, value):
    value = over_the_wire(value)
    variable = world.variable(over_the_wire(config))
    assume(variable is not None)
    expected = checked(variable, unwrap(wrap(value), variable.spec))

    assert agree(by_api(world, variable, value), expected)
    assert agree(by_bulk(world, variable, value), expected)
    text = typed(variable, value)
    if text is not None:
        assert agree(by_form(world, variable, text), expected)
    # {"value": 1} sent to an object is an object with that key (Q10); a remote shows values bare.
    if variable.type == "object" and not isinstance(value, dict):
        expected = checked(variable, value)
    kept, reason = by_mirror(world, variable, value)
    if expected is REFUSED:
        assert reason
        assert alike(Held(True, kept), Held(True, value))
    else:
        assert reason == ""
        assert agree(kept, expected)
        if expected is not None:
            assert agree(by_push(variable, expected), expected)


@FAST
@given(VALUES, VALUES)
def test_only_the_same_value_again_changes_nothing(world, first, second):
    """True, 1 and 1.0 are three answers, inside of a list too."""
    variable, sample = world.variable({"name": "it", "type": "array"}), world.sample()
    revs = []
    for value in (over_the_wire(first), over_the_wire(second)):
        assume(checked(variable, [value]) is not REFUSED)
        revs.append(set_value(sample, variable, [value], origin="api", by=None).rev)

    again = set_value(sample, variable, [second], origin="api", by=None)

    is_same = agree(checked(variable, [first]), checked(variable, [second]))
    assert revs == [1, 1 if is_same else 2]
    assert again.rev == revs[1]
