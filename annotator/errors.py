"""What can go wrong, for every room.

    AnnotatorError
    ├── BadInput            the caller can correct it; the message says how      → 400 or 422
    ├── WrongState          not possible in the row's current state              → 409
    │   └── Conflict        two people changed one field; carries both values    → 409
    ├── NotPermitted        the person may see it, but not do this               → 403
    └── RemoteError         the remote answered badly, or not at all
        ├── RemoteUnavailable   try again later (`retry_after_seconds`)
        │   └── InvalidResponse   it answered 2xx with something unusable: the effect is unknown
        └── RemoteRefused       do not try again; `status` and the server's own words
            ├── RemoteUnauthorized  the token is not accepted (any more)
            └── RemoteForbiddenHost the address is not one we may call

    OSError
    └── StorageError        object storage does not do what was asked
        ├── StorageUnavailable  try again later                                  → 503
        └── StorageFull         it takes nothing more, as a full disk            → 507

The text of every error may be shown to a person; it never holds a token.
"""

from __future__ import annotations

from typing import Any


class AnnotatorError(Exception):
    """Root of the tree above."""


class BadInput(AnnotatorError):
    """Input that the caller can correct. `fields` maps a field's name to its messages."""

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}

    @classmethod
    def of_fields(cls, problems: dict[str, list[str]]) -> BadInput:
        """The error for these messages by field; its own message joins them."""
        text = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in problems.items())
        return cls(text, fields=problems)


class WrongState(AnnotatorError):
    """The row is no longer in a state in which this can be done."""


class Conflict(WrongState):
    """Somebody else changed the same field. Both values are kept: the caller shows them.

    `field` is the variable's name (empty when it can't be told), `rev` the revision of their value.
    """

    def __init__(
        self, message: str, *, field: str = "", ours: Any = None, theirs: Any = None, rev: int = 0
    ) -> None:
        super().__init__(message)
        self.field = field
        self.ours = ours
        self.theirs = theirs
        self.rev = rev


class NotPermitted(AnnotatorError):
    """The person's role or the token's scope does not allow it."""


class RemoteError(AnnotatorError):
    """A call to a remote did not do what was asked."""


class RemoteUnavailable(RemoteError):
    """Worth another try, not before `retry_after_seconds` when the remote said so.

    `sent` is False when the call certainly had no effect: no connection, or rejected before it was processed.
    """

    def __init__(
        self, message: str, *, retry_after_seconds: float | None = None, sent: bool = True
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.sent = sent


class InvalidResponse(RemoteUnavailable):
    """A success status with an unusable body: whether the call had its effect is unknown."""


class RemoteRefused(RemoteError):
    """The remote understood and refused: the same call will be refused again."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RemoteUnauthorized(RemoteRefused):
    """401 or an invalid token: the remote is paused until an admin gives a new one."""


class RemoteForbiddenHost(RemoteRefused):
    """The address is outside what may be called (docs/reliability.md#outbound-calls)."""


class StorageError(OSError):
    """Object storage does not do what was asked."""

    def __str__(self) -> str:
        return self.strerror or super().__str__()  # without the number and a file's name


class StorageUnavailable(StorageError):
    """The object storage refuses, or does not answer. Worth another try, as a disk that is full."""


class StorageFull(StorageError):
    """The object storage takes nothing more."""
