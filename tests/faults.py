"""The ways in which the fault remote can answer; see tests/fault_remote.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One way to answer; made by the functions below."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)


def ok() -> Fault:
    """As the platform would."""
    return Fault("ok")


def status(code: int, detail: str = "Something is wrong.", headers: dict | None = None) -> Fault:
    """This status with a JSON `detail`; nothing is done."""
    return Fault("status", {"code": code, "body": {"detail": detail}, "headers": headers or {}})


def too_many(retry_after: str = "1") -> Fault:
    """429; `retry_after` is seconds or an HTTP date."""
    return status(429, "Request was throttled.", {"Retry-After": retry_after})


def reset() -> Fault:
    """The connection is reset before anything is done."""
    return Fault("reset")


def apply_then_reset() -> Fault:
    """Done, but the answer is lost."""
    return Fault("apply_then_reset")


def apply_then_hang() -> Fault:
    """Done, but no answer until the server stops."""
    return Fault("apply_then_hang")


def garbage() -> Fault:
    """200 with a page for people; nothing is done."""
    return says(b"<!doctype html><title>Welcome</title>", "text/html")


def says(body: bytes, kind: str = "application/json", headers: dict | None = None) -> Fault:
    """200 with exactly these bytes; nothing is done."""
    return Fault("says", {"body": body, "type": kind, "headers": headers or {}})


def truncated() -> Fault:
    """Done; the answer breaks off in the middle."""
    return Fault("truncated")


def bad_gateway() -> Fault:
    """502 with HTML, as a proxy in front would; nothing is done."""
    body = b"<html><h1>502 Bad Gateway</h1></html>"
    return Fault("status", {"code": 502, "body": body, "headers": {}})


def drip(headers: bool = False) -> Fault:
    """A byte at a time, for ever: of the body, or of the headers already."""
    return Fault("drip", {"headers": headers})


def redirect(to: str, code: int = 302) -> Fault:
    """Go elsewhere."""
    return Fault("status", {"code": code, "body": b"", "headers": {"Location": to}})


def big(size_bytes: int) -> Fault:
    """200 with a JSON text of that length; nothing is done."""
    return Fault("big", {"size_bytes": size_bytes})


def next_is(address: str) -> Fault:
    """A true page whose `next` is this."""
    return Fault("next_is", {"address": address})


RANDOM_FAULTS = (
    status(500),
    too_many("0"),
    reset(),
    apply_then_reset(),
    garbage(),
    truncated(),
    bad_gateway(),
)
