"""The labeling page as its JavaScript works it: every address and field is read from the page's HTML.

What the page and the server say to each other is in `LabelingPage` alone; when that changes, this changes.
"""

from __future__ import annotations

import html
import json
import random
import re
import uuid
from collections import Counter
from dataclasses import dataclass, field

from tests.bench.labeling.http_client import Connection, Response

WORDS = "soft sharp corner edge surface clean worn faded bright centring print line dot".split()  # noqa: SIM905  read more easily
SCRIPT = {"Accept": "application/json"}
PART = {"HX-Request": "true", "HX-Target": "work"}


class Over(Exception):
    """Nothing is left to label."""


@dataclass
class Field:
    """One field of the form, as the page renders it."""

    key: str
    type: str
    rev: str
    choices: list[str]
    value: str = ""


@dataclass
class Work:
    """One sample's part of the page: its addresses and its form."""

    sample: str
    urls: dict[str, str]
    is_held: bool
    fields: list[Field] = field(default_factory=list)

    @classmethod
    def of(cls, page: str) -> Work | None:
        """Read a page, or the part of it; None for any other page, or for a sample that is closed."""
        sample = attribute(page, "data-sample")
        if not sample or "data-hold-url" not in page:
            return None
        urls = {
            "hold": attribute(page, "data-hold-url"),
            "ahead": attribute(page, "data-ahead-url"),
            "submit": attribute(page.partition('id="answer-form"')[2], "action"),
            "save": attribute(page, "data-save-url"),
            "next": attribute(page.partition('id="next-form"')[2], "action"),
        }
        form = page.partition('id="answer-form"')[2].partition("</form>")[0]
        pieces = re.split(r'(?=data-field=")', form)[1:]
        return cls(sample, urls, "data-held=" in page, [read_field(piece) for piece in pieces])


def attribute(text: str, name: str) -> str:
    """The value of the first attribute of this name; empty without one."""
    value = re.search(rf'\b{name}="([^"]*)"', text)
    return html.unescape(value[1]) if value else ""


def read_field(piece: str) -> Field:
    """A field from its HTML, which begins at `data-field`."""
    key = attribute(piece, "data-field")
    options = re.findall(rf'name="v-{key}"[^>]*?value="([^"]+)"', piece)
    given = [attribute(piece, f"data-{name}") for name in ("type", "rev")]
    return Field(key, *given, choices=[html.unescape(each) for each in options])


def any_value(asked: Field, rng: random.Random) -> str:
    """Something legal for the field of a dataset that rows.py made."""
    if asked.choices:
        return rng.choice(asked.choices)
    if asked.type == "float":
        return str(rng.randrange(21) / 2)
    return " ".join(rng.choices(WORDS, k=7))


class LabelingPage:
    """One person's open page: type, submit, next. Counts what it met in `events`."""

    def __init__(self, connection: Connection, dataset: str, seed: int) -> None:
        self.connection, self.dataset = connection, dataset
        self.rng = random.Random(seed)
        self.events: Counter[str] = Counter()
        self.work: Work | None = None
        self.token = ""
        self._ahead: Work | None = None

    def open(self) -> None:
        """Load the whole page of the next sample. Raises Over."""
        place = f"/label/{self.dataset}/next/"
        while place:
            response = self.connection.get(place)
            place = response.headers.get("location", "")
        token = re.search(r'name="csrf-token" content="([^"]+)"', response.text)
        self.token = token[1] if token else self.token
        self._show(Work.of(response.text))

    def type_values(self) -> None:
        """Type into every field; a second after the last key all go in one request."""
        assert self.work
        fields = [("whole", "1")]
        for each in self.work.fields:
            each.value = any_value(each, self.rng)
            operation = str(uuid.UUID(int=self.rng.getrandbits(128)))
            fields.append((f"operation-{each.key}", operation))
        fields += self._at_hand()
        response = self._post(self.work.urls["save"], self._form() + fields, **SCRIPT)
        saved = json.loads(response.text)["fields"] if response.status == 200 else {}
        for each in self.work.fields:
            outcome = saved.get(each.key, {"status": response.status})
            self.events[f"save {outcome['status']}"] += 1
            each.rev = str(outcome.get("rev", each.rev))

    def fill_form(self) -> None:
        """Fill the form in without a word to the server."""
        assert self.work
        for each in self.work.fields:
            each.value = any_value(each, self.rng)

    def submit(self) -> bool:
        """Submit and show the next sample; whether the server took it. Raises Over."""
        assert self.work
        headers = {"HX-Request": "true", "HX-Target": "fields"}
        response = self._post(
            self.work.urls["submit"],
            self._form() + self._at_hand(),
            **headers,
            Accept="application/json, text/html",
        )
        self.events[f"submit {response.status}"] += 1
        if response.status == 200:
            self._go_on(json.loads(response.text))
            return True
        self._leave()
        return False

    def finish_loading(self) -> None:
        """What the page does once it is loaded whole: hold its sample, and load the one after it."""
        assert self.work
        if self._ahead:
            return
        if not self.work.is_held:
            self._post(self.work.urls["hold"], [], **SCRIPT)
        response = self._post(self.work.urls["ahead"], [("exclude", self.work.sample)])
        self._ahead = Work.of(response.text) if response.status == 200 else None

    def _at_hand(self) -> list[tuple[str, str]]:
        return [("ahead", self._ahead.sample)] if self._ahead else []

    def _go_on(self, told: dict[str, str]) -> None:
        """To the sample that the response of a submit names, with the one after it at hand."""
        if not told["next"]:
            raise Over
        is_at_hand = self._ahead is not None and self._ahead.sample == told["next"]
        self.events["prefetched" if is_at_hand else "fetched"] += 1
        self._show(self._ahead if is_at_hand else Work.of(told["work"]))
        self._ahead = Work.of(told["ahead"]) if told["ahead"] else None

    def _leave(self) -> None:
        """To another sample, as the button "Next sample" does. Raises Over."""
        assert self.work
        response = self._post(self.work.urls["next"], [("exclude", self.work.sample)])
        self._ahead = None
        self._follow(response.headers.get("location", ""))

    def _follow(self, url: str) -> None:
        if "/sample/" not in url:
            raise Over
        self.events["fetched"] += 1
        self._show(Work.of(self.connection.get(url, **PART).text))

    def _show(self, work: Work | None) -> None:
        if work is None:
            raise Over
        self.work, self._ahead = work, None

    def _form(self) -> list[tuple[str, str]]:
        assert self.work
        fields = [("csrfmiddlewaretoken", self.token)]
        for each in self.work.fields:
            fields += [(f"v-{each.key}", each.value), (f"rev-{each.key}", each.rev)]
        return fields

    def _post(self, path: str, fields: list[tuple[str, str]], **headers: str) -> Response:
        return self.connection.post(path, fields, **{"X-CSRFToken": self.token}, **headers)


def sign_in(connection: Connection, username: str, password: str) -> None:
    """Sign in through the form; the connection then has the session's cookies."""
    page = connection.get("/account/login/")
    token = attribute(page.text.partition("csrfmiddlewaretoken")[2], "value")
    fields = [("csrfmiddlewaretoken", token), ("login", username), ("password", password)]
    response = connection.post("/account/login/", fields)
    if response.status != 302:
        raise SystemExit(f"{username} could not sign in: {response.status} {response.text[:300]}")
