"""The clients of a trial: scripts at the API, people at the labeling page, a reviewer.

Each works as a real one would: it sends the same again until the server acknowledges it.
"""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.trials.browser import Browser, Forms, Response
from tests.trials.ledger import Ledger

SIGN_INS = 4
SIGN_IN_PAUSE_SECONDS = 11
BULK_ROWS = 20


@dataclass
class Work:
    """What the clients work on, and until when."""

    host: str
    ledger: Ledger
    stop: threading.Event
    pause: Callable[[], float]  # seconds between two saves of one client
    seed: int

    def is_over(self) -> bool:
        """Wait as long as a person or a script does between two saves; whether it is time to end."""
        return self.stop.wait(self.pause())


def set_values(work: Work, token: str, samples: list[str], variables: list[str]) -> None:
    """A script that sets one value after the other on samples of its own."""
    browser, rng = Browser(work.host, work.ledger, token), random.Random(work.seed)
    number = 0
    while not work.is_over():
        number += 1
        key, value = (rng.choice(samples), rng.choice(variables)), f"v{work.seed}-{number}"
        body = {"dataset_variable": key[1], "value": {"value": value}}
        with_key = {"Idempotency-Key": str(uuid.uuid4())} if number % 3 == 0 else {}
        work.ledger.unknown[key] = value
        path = f"/vlm/v2/sample/{key[0]}/add-variable-value/"
        response = browser.insist("POST", path, body, **with_key)
        acknowledge_values(work.ledger, response, {key: value}, "by API")


def set_in_bulk(work: Work, token: str, samples: list[str], variables: list[str]) -> None:
    """A script that sets many values at once."""
    browser, rng = Browser(work.host, work.ledger, token), random.Random(work.seed)
    number = 0
    while not work.is_over():
        number += 1
        keys = rng.sample([(s, v) for s in samples for v in variables], BULK_ROWS)
        values = {key: f"b{work.seed}-{number}-{n}" for n, key in enumerate(keys)}
        work.ledger.unknown.update(values)
        rows = [
            {"sample": sample, "dataset_variable": variable, "value": value}
            for (sample, variable), value in values.items()
        ]
        response = browser.insist("POST", "/vlm/v2/value/bulk/", {"values": rows})
        acknowledge_values(work.ledger, response, values, "in bulk")


def acknowledge_values(
    ledger: Ledger, response: Response, values: dict[tuple[str, str], str], kind: str
) -> None:
    """Note values that were acknowledged."""
    if not response.is_acknowledged or json.loads(response.text).get("failed"):
        ledger.surprise(f"{response.status} for values {kind}: {response.text[:200]}")
        return
    for key, value in values.items():
        ledger.values[key].append(value)
        ledger.unknown.pop(key, None)
    ledger.save(kind, len(values))


def create_samples(work: Work, token: str, dataset: str) -> None:
    """A script that creates samples, one and five at once, each call with its Idempotency-Key."""
    browser, number = Browser(work.host, work.ledger, token), 0
    while not work.is_over():
        number += 1
        names = [f"new-{number}-{n}" for n in range(5 if number % 2 else 1)]
        path, body = "/vlm/v2/sample/", {"dataset": dataset, "name": names[0]}
        if len(names) > 1:
            path = "/vlm/v2/sample/bulk/"
            body = {"dataset": dataset, "samples": [{"name": name} for name in names]}
        response = browser.insist("POST", path, body, **{"Idempotency-Key": f"create-{number}"})
        if not response.is_acknowledged:
            work.ledger.surprise(f"{response.status} for new samples: {response.text[:200]}")
            continue
        told = json.loads(response.text)
        ids = [row["id"] for row in told["results"]] if len(names) > 1 else [told["id"]]
        work.ledger.created.update(zip(names, ids, strict=True))
        work.ledger.save("samples created", len(names))


class Person:
    """Somebody who works in a browser without its JavaScript's help, but as that would."""

    def __init__(self, work: Work, username: str, password: str) -> None:
        self.work, self.ledger, self.username = work, work.ledger, username
        self.browser = Browser(work.host, work.ledger)
        page = self.browser.insist("GET", "/account/login/")
        fields = dict(Forms(page.text).forms["/account/login/"])
        fields |= {"login": username, "password": password}
        response = self._sign_in(fields)
        body = response.text.partition("<main")[2]
        assert response.status == 302, (username, response.status, body[:2000])
        self.token = self._csrf(self.browser.insist("GET", "/label/?list=1"))

    def _sign_in(self, fields: dict[str, str]) -> Response:
        """Sign in; once more where a process that was killed left the count of tries locked for 10 s."""
        for _ in range(SIGN_INS):
            response = self.browser.insist("POST", "/account/login/", list(fields.items()))
            if "Too many failed tries" not in response.text:
                break
            time.sleep(SIGN_IN_PAUSE_SECONDS)
        return response

    def _csrf(self, page: Response) -> str:
        return (
            page.text.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
            or (page.text.partition("X-CSRFToken&quot;: &quot;")[2].partition("&")[0])
        )

    def post(self, path: str, fields: list[tuple[str, str]]) -> Response:
        """Send a form as a script of the page does: the next address comes as JSON."""
        fields = [("csrfmiddlewaretoken", self.token), *fields]
        return self.browser.insist("POST", path, fields, **{"HX-Request": "true"})

    def next_form(self, path: str, form: str) -> tuple[str, list[tuple[str, str]]] | None:
        """The page that the queue leads to and its form; None when nothing is left."""
        place = self.post(path, []).headers.get("location", "")
        if "/sample/" not in place:
            return None
        page = self.browser.insist("GET", place)
        self.token = self._csrf(page) or self.token
        fields = Forms(page.text).forms.get(form)
        return (place.partition("?")[0], fields) if fields else None


def label(work: Work, username: str, password: str, dataset: str, variables: list[str]) -> None:
    """An annotator: types into each field, some more than once, and submits."""
    person, rng, number = Person(work, username, password), random.Random(work.seed), 0
    while not work.is_over():
        opened = person.next_form(f"/label/{dataset}/next/", "answer-form")
        if opened is None:
            continue
        place, fields = opened
        values: dict[str, str] = {}
        revs = {v: dict(fields).get(f"rev-{v}", "0") for v in variables}
        before: dict[str, str] = {}
        for variable in [*variables, *rng.sample(variables, 1)]:
            number += 1
            value = f"f{work.seed}-{number}"
            rev = type_value(person, place, variable, value, revs[variable], before)
            if rev is None:
                break  # somebody else was faster: the clock ended our lease
            values[variable], revs[variable] = value, rev
            if work.is_over():
                return
        else:
            submit(person, place, values, revs)


def type_value(
    person: Person, place: str, variable: str, value: str, rev: str, before: dict[str, str]
) -> str | None:
    """Save one field; gives its new revision, None when the sample was closed meanwhile."""
    operation = str(uuid.uuid4())
    fields = [
        (f"operation-{variable}", operation),
        (f"rev-{variable}", rev),
        (f"v-{variable}", value),
    ]
    if variable in before:
        fields.append((f"after-{variable}", before[variable]))
    response = person.post(f"{place}save/", fields)
    if response.status == 409:
        person.ledger.note_response("closed meanwhile")
        return None
    saved = json.loads(response.text)["fields"][variable] if response.is_acknowledged else {}
    if saved.get("status") != 200:
        person.ledger.surprise(f"{response.status} for a field: {response.text[:200]}")
        return None
    before[variable] = operation
    person.ledger.operations[operation] = value
    person.ledger.save("by field")
    return str(saved["rev"])


def submit(person: Person, place: str, values: dict[str, str], revs: dict[str, str]) -> None:
    """Submit the whole form; every third time it was kept as a draft before."""
    fields = [(f"v-{variable}", value) for variable, value in values.items()]
    fields += [(f"rev-{variable}", rev) for variable, rev in revs.items()]
    if len(person.ledger.submitted) % 3 == 0:
        kept = person.post(f"{place}draft/", fields)
        if kept.is_acknowledged:
            person.ledger.save("as drafts")
    response = person.post(f"{place}submit/", fields)
    if response.is_acknowledged:
        sample = place.rstrip("/").rpartition("/")[2]
        person.ledger.submitted[sample, person.username] = values
        person.ledger.save("submitted")
    elif response.status == 409:
        # Done by a call whose answer was lost, or somebody else was faster.
        person.ledger.note_response("closed meanwhile")
    else:
        person.ledger.surprise(f"{response.status} for a submit: {response.text[:200]}")


def review(work: Work, username: str, password: str, dataset: str) -> None:
    """A reviewer who approves whatever comes."""
    person = Person(work, username, password)
    while not work.is_over():
        opened = person.next_form(f"/review/{dataset}/", "verdict-form")
        if opened is None:
            continue
        place, fields = opened
        fields = [pair for pair in fields if pair[0] != "csrfmiddlewaretoken"]
        response = person.post(f"{place}approve/", fields)
        if response.is_acknowledged:
            person.ledger.approved.add(place.rstrip("/").rpartition("/")[2])
            person.ledger.save("approved")
        elif response.status != 409:
            person.ledger.surprise(f"{response.status} for an approval: {response.text[:200]}")
