"""V1: whatever our own OpenAPI document allows, and what it does not, is sent and answered as it says.

schemathesis makes the calls: each operation by its examples, at the edges of its schema and at random, then
operations in a row (create, read, change, delete). The calls are the same in every run.
"""

import re
from collections import Counter

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.api.tenants import make_tenant
from tests.factories import make_token

# We take what cannot be misunderstood, as the platform does: a number for a text, 1 for true, a parameter
# of the address that says nothing. The document names what clients should send.
LENIENT = re.compile(
    r"Invalid component: (parameters? `[\w.`, ]+` in query|in body - ([\w>-]+ )*\w+: Incorrect type)"
    r"|Invalid component:(\n  - (query: violates .*|body: violates `(type|anyOf)` at .*))+$"
    r"|Invalid component: in body(( -|\n  -) [Vv]iolates `(type|anyOf)` at .*)+$"
)
# Small enough for every run; the slow trial does more of the same.
CHAINS = {"fuzzing": {"examples": 3}, "stateful": {"examples": 25, "steps": 6}}
EDGES = {"examples": {}, "coverage": {}}


@pytest.fixture
def server(live_server, monkeypatch):
    """A live server that does not wait to fill its packets: 40 ms a call, thousands of times."""
    handler = "django.core.servers.basehttp.WSGIRequestHandler.disable_nagle_algorithm"
    monkeypatch.setattr(handler, True)
    return live_server


@pytest.mark.django_db(transaction=True)
def test_random_calls_and_chains_of_them_are_answered_as_documented(server):
    # Each with a schema of its own: what the one learns leads the other into dead ends.
    for name, least in (("fuzzing", 150), ("stateful", 75)):
        surprises, calls = call(server, {name: CHAINS[name]})

        assert surprises == []
        assert calls[name] > least


@pytest.mark.django_db(transaction=True)
def test_bodies_at_the_edges_of_the_schema_are_answered_as_documented(server):
    surprises, calls = call(server, EDGES, methods=["POST", "PATCH"])

    assert surprises == []
    assert calls["coverage"] > 500


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_more_calls_are_answered_as_documented(server):
    more = {"fuzzing": {"examples": 60}, "stateful": {"examples": 300, "steps": 12}}

    assert call(server, EDGES | more)[0] == []


def call(server, phases, *, methods=("GET", "POST", "PUT", "PATCH", "DELETE")):
    """(what was answered otherwise than documented, how many calls each phase made)."""
    token = make_token(make_tenant().member)
    headers = {"Authorization": f"Token {token}"}
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": headers,
            "cache": {"enabled": False},
            "generation": {"deterministic": True, "database": "none"},
            "phases": {name: phase(name, phases) for name in (*EDGES, *CHAINS)},
            # Ids in a body must be of rows that there are, which no schema can say.
            "checks": {"positive_data_acceptance": {"enabled": False}},
        }
    )
    address = f"{server.url}/api/schema/?format=json"
    schema = schemathesis.openapi.from_url(address, config=config, headers=headers)
    schema = schema.include(method=list(methods))
    failures, calls = {}, Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures[repr(event)] = repr(event)
        if isinstance(event, events.ScenarioFinished):
            calls[event.phase.value.lower().removesuffix("_testing")] += len(event.recorder.cases)
            failures |= surprises_in(event)
    return list(failures.values()), calls


def phase(name, phases):
    """What the configuration says of one phase. Other methods are tried in test_sweeps.py."""
    if name not in phases:
        return {"enabled": False}
    said = {}
    if "examples" in phases[name]:
        said["generation"] = {
            "max-examples": phases[name]["examples"],
            "deterministic": True,
            "database": "none",
        }
    if "steps" in phases[name]:
        said["max-steps"] = phases[name]["steps"]
    if name == "coverage":
        said["unexpected-methods"] = []
    return said


def surprises_in(event):
    """The failed checks of one scenario, by operation and kind, but for what we mean to take."""
    failures = {}
    for check in (check for checks in event.recorder.checks.values() for check in checks):
        if check.failure_info is None:
            continue
        failure = check.failure_info.failure
        if not LENIENT.search(failure.message):
            failures[failure.operation, failure.title] = (
                f"{failure.operation}: {failure.title}\n{failure.message}\n"
                f"{check.failure_info.code_sample}"
            )
    return failures
