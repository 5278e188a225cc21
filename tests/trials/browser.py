"""What a client of a trial calls the server with: as a browser, or a script."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

from tests.trials.ledger import Ledger

TIMEOUT_SECONDS = 60  # of one call
PATIENCE_SECONDS = (
    240  # for one acknowledgement, with all repeats; an Idempotency-Key may rest for 90
)
PAUSE_SECONDS = 0.5
RETRIED = {408, 429, 500, 502, 503, 507}


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def is_acknowledged(self) -> bool:
        """Whether the caller was told that it is done."""
        return 200 <= self.status < 300 or self.status == 302


class Hung(Exception):
    """No acknowledgement within PATIENCE_SECONDS."""


class Browser:
    """Calls one server, with cookies or a token."""

    def __init__(self, host: str, ledger: Ledger, token: str = "") -> None:
        self.host, self.ledger = host, ledger
        self.headers = {"Authorization": f"Token {token}"} if token else {}
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        """One call. Raises OSError or HTTPException when no whole response came."""
        sent, headers = None, {**self.headers, **headers}
        if body is not None:
            is_form = isinstance(body, list)
            sent = (urlencode(body) if is_form else json.dumps(body)).encode()
            kind = "application/x-www-form-urlencoded" if is_form else "application/json"
            headers["Content-Type"] = kind
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, sent, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        self.ledger.note_response(str(response.status))
        return Response(response.status, {k.lower(): v for k, v in response.getheaders()}, text)

    def insist(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        """The same call until it is acknowledged, or refused for good. Raises Hung."""
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE_SECONDS:
            try:
                response = self.call(method, path, body, **headers)
            except (OSError, http.client.HTTPException) as error:
                self.ledger.note_response(type(error).__name__)
                time.sleep(PAUSE_SECONDS)
                continue
            if response.status == 500:
                self.ledger.surprise(f"500: {method} {path}")
            under_way = response.status == 409 and "under way" in response.text
            if response.status >= 400 and response.status not in {*RETRIED, 409}:
                words = response.text.partition("<main")[2] or response.text
                self.ledger.surprise(f"{response.status}: {method} {path}: {words[:400]}")
            if response.status not in RETRIED and not under_way:
                self.ledger.note_seconds(time.monotonic() - begun)
                return response
            time.sleep(PAUSE_SECONDS)
        raise Hung(f"{method} {path} was not acknowledged in {PATIENCE_SECONDS} s")


class Forms(HTMLParser):
    """The forms of a page: id or action → what a browser would send, as a list of pairs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, list[tuple[str, str]]] = {}
        self._form: list[tuple[str, str]] | None = None
        self._textarea: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a form, or note a field with its value."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = []
            self.forms[given.get("id") or given.get("action", "")] = self._form
        if self._form is None or "name" not in given:
            return
        if tag == "textarea":
            self._textarea = given["name"]
            self._form.append((given["name"], ""))
        elif tag == "input":
            if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
                return
            self._form.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """End a form or a text."""
        if tag == "form":
            self._form = None
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        """The text of a text field, whose first line break is the page's."""
        if self._textarea and self._form:
            name, text = self._form.pop()
            self._form.append((name, text + (data if text else data.removeprefix("\n"))))
