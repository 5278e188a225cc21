"""Tests a connection: is the host allowed, does it respond, is it this API, what may the token read?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from annotator.errors import (
    InvalidResponse,
    RemoteError,
    RemoteForbiddenHost,
    RemoteRefused,
    RemoteUnauthorized,
)
from annotator.remote.client import RemoteClient

MAX_NAME = 100  # characters of the account's name that we show


class Outcome(Enum):
    """The result of a test."""

    WORKS = "works"
    FORBIDDEN_HOST = "forbidden host"
    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "wrong token"
    NOT_PERMITTED = "not permitted"
    NOT_THIS_API = "not this API"


@dataclass(frozen=True)
class Check:
    """The outcome, with sentences for people.

    Holds no part of any response except the account's name, so that a test cannot be used to read from
    a host on a private network.
    """

    outcome: Outcome
    sentences: list[str] = field(default_factory=list)

    @property
    def works(self) -> bool:
        return self.outcome is Outcome.WORKS


def check_connection(remote: RemoteClient) -> Check:
    """Read one page of datasets, then try the rest. Raises no RemoteError."""
    try:
        page = next(remote.datasets.pages(page_size=1))
    except RemoteError as error:
        return _failed(error)
    sentences = [f"The token can read {page.count:,} dataset{'' if page.count == 1 else 's'}."]
    if not remote.is_encrypted:
        sentences.append("The connection is not encrypted: others on the way can read the token.")
    name = _account_name(remote)
    if name:
        sentences.append(f"It belongs to {name}.")
    sentences += [
        f"It can read {what}." if can else f"It cannot read {what}."
        for what, can in _readable(remote).items()
    ]
    if remote.capabilities().product:
        sentences.append("The remote is an Annotator: whole samples come page by page.")
    return Check(Outcome.WORKS, sentences)


def _failed(error: RemoteError) -> Check:
    match error:
        case RemoteForbiddenHost():
            return Check(Outcome.FORBIDDEN_HOST, [str(error)])
        case RemoteUnauthorized():
            return Check(Outcome.UNAUTHORIZED, ["The server does not accept the token."])
        case RemoteRefused(status=403):
            return Check(
                Outcome.NOT_PERMITTED, ["The token may not read datasets here (status 403)."]
            )
        case RemoteRefused(status=status):
            return Check(
                Outcome.NOT_THIS_API,
                [f"No datasets are served at this address (status {status})."],
            )
        case InvalidResponse():
            return Check(
                Outcome.NOT_THIS_API, ["A server answers at this address, but not as this API."]
            )
        case _:
            return Check(Outcome.UNREACHABLE, [str(error)])


def _can(call: Callable[[], Any]) -> bool:
    try:
        call()
    except RemoteError:
        return False
    return True


def _readable(remote: RemoteClient) -> dict[str, bool]:
    """Whether the token can read each kind of row that mirror and training need."""
    return {
        "tasks": _can(lambda: next(remote.tasks.pages(page_size=1))),
        "prompts": _can(lambda: next(remote.prompts.pages(page_size=1))),
        "images": _can(lambda: next(remote.images.pages(page_size=1))),
        "models": _can(lambda: next(remote.models.pages(page_size=1))),
    }


def _account_name(remote: RemoteClient) -> str:
    """The account's name, empty where the remote has no such address."""
    try:
        account = remote.account()
    except RemoteError:
        return ""
    names = (account.get(key) for key in ("username", "email", "name"))
    name = next((name for name in names if isinstance(name, str) and name), "")
    return "".join(c for c in name if c.isprintable())[:MAX_NAME]
