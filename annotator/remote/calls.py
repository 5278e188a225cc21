"""One API call: address, workspace, JSON in and out, and the retries of a GET."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from annotator.errors import BadInput, RemoteUnavailable
from annotator.leases import backoff_seconds
from annotator.remote.fetch import Fetcher, Limits, parsed_url
from annotator.remote.reading import ID
from annotator.remote.responses import read

GET_RETRIES = 2
LONGEST_PAUSE_SECONDS = 3.0
API_PATH = "/vlm/v2"


def root_of(base_url: str) -> str:
    """The address above `/vlm/v2` and `/recognition/v2`, without a last slash.

    People paste the host's address or that of the API. Raises BadInput for anything else.
    """
    base_url = base_url.strip()
    parts = urlsplit(base_url)
    if parts.query or parts.fragment:
        raise BadInput("Enter the address without ? and #, and what follows them.")
    parsed_url(base_url)
    return base_url.rstrip("/").removesuffix(API_PATH).rstrip("/")


def checked_id(remote_id: object) -> str:
    """An id as one segment of a path. Raises BadInput for anything that could lead elsewhere."""
    text = str(remote_id)
    if not ID.match(text):
        raise BadInput("This is not an id of the remote: letters, digits and . _ ~ - only.")
    return quote(text)


def checked_token(token: str) -> str:
    """A token as it can stand in a header. Its text is in no error, whatever is wrong with it."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput(
            "Enter the token as the remote shows it: printable characters without spaces."
        )
    return token


class Calls:
    """Calls to one address with one token in one workspace."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        workspace: str | None,
        allow: frozenset[str],
        limits: Limits,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.root = root_of(base_url)
        self.workspace = workspace
        self.limits = limits
        self.fetcher = Fetcher(allow=allow, token_url=self.root, token=checked_token(token))
        self._pause = pause

    def __repr__(self) -> str:
        return f"<Calls to {self.root}>"

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """JSON of a GET, retried twice. A `Retry-After` over 3 seconds is left to the caller."""
        for attempt in range(GET_RETRIES + 1):
            try:
                return self._call("GET", path, query=query)
            except RemoteUnavailable as error:
                seconds = error.retry_after_seconds
                if attempt == GET_RETRIES or (seconds or 0) > LONGEST_PAUSE_SECONDS:
                    raise
                longest = LONGEST_PAUSE_SECONDS
                self._pause(backoff_seconds(attempt, first=0.5, longest=longest, at_least=seconds))
        raise AssertionError("unreachable")

    def post(
        self,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
    ) -> Any:
        """JSON of one POST. Never retried here: only the caller knows what a second call does.

        `key` becomes the Idempotency-Key, which an Annotator honours and others ignore.
        """
        return self._call("POST", path, fields=fields, key=key)

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        fields: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Any:
        query = dict(query or {})
        headers = {"Accept": "application/json"}
        content = None
        if self.workspace:
            query["workspace"] = self.workspace
        if fields is not None:
            # The workspace stands in both places: the page shows either, and does not say which wins.
            body = {**fields, "workspace": self.workspace} if self.workspace else dict(fields)
            content = encode(body)
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        url = f"{self.root}/{path}" + (f"?{urlencode(query)}" if query else "")
        return read(
            self.fetcher.fetch(method, url, content=content, headers=headers, limits=self.limits)
        )


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON bytes. Raises BadInput for what JSON cannot hold, such as NaN."""
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise BadInput("The data cannot be written as JSON.") from error
