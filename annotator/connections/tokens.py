"""Encrypts the remotes' tokens with keys that lie in a file of their own, outside every database backup.

The file holds one Fernet key a line, the newest first: it encrypts, all of them decrypt.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import transaction

from annotator.errors import RemoteUnauthorized, WrongState

LOST = (
    "The stored token cannot be read: the key file on this server was lost or replaced. "
    "Enter the token again."
)


# (model, column) of everything that is encrypted here; a room appends its own when Django starts.
ENCRYPTED: list[tuple[str, str]] = [("connections.Remote", "encrypted_token")]


class KeysUnreadable(WrongState):
    """The key file is there, but no keys can be read from it."""


def _path() -> Path:
    return Path(settings.TOKEN_KEYS_FILE)


def _keys() -> list[bytes]:
    """The keys, newest first; a first one is made when there is no file.

    Raises KeysUnreadable.
    """
    try:
        handle = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _path().read_bytes().split()
    except OSError as error:
        raise KeysUnreadable(f"The key file {_path()} cannot be used: {error.strerror}.") from error
    key = Fernet.generate_key()
    with os.fdopen(handle, "wb") as file:
        file.write(key + b"\n")
    return [key]


def _box() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in _keys()])
    except (ValueError, OSError) as error:
        raise KeysUnreadable(
            f"The key file {_path()} is damaged. Bring it back from a copy, or remove it and enter "
            "the tokens of all remotes again."
        ) from error


def encrypt(token: str) -> bytes:
    """What is kept of a token. Raises KeysUnreadable when the key file is damaged."""
    return _box().encrypt(token.encode())


def decrypt(encrypted: bytes | memoryview) -> str:
    """The token in plain text: pass it to the client at once and store it nowhere.

    Raises RemoteUnauthorized when no key fits, which pauses the remote like a refused token.
    """
    try:
        return _box().decrypt(bytes(encrypted)).decode()
    except (InvalidToken, KeysUnreadable) as error:
        raise RemoteUnauthorized(LOST) from error


@transaction.atomic
def rotate_keys() -> tuple[int, int]:
    """Make a new key, encrypt every token with it and drop the old keys.

    Says how many tokens were renewed and how many no key could read (these stay as they are). The old
    keys go last: whatever breaks in between, every token can still be read.
    """
    old = _keys()
    _box()  # stops here when the present keys are damaged
    new = Fernet.generate_key()
    _write([new, *old])
    box, renewed, unreadable = _box(), 0, 0
    for label, column in ENCRYPTED:
        rows: Any = apps.get_model(label)
        for row in rows.objects.exclude(**{column: b""}).select_for_update().order_by("pk"):
            try:
                setattr(row, column, box.rotate(bytes(getattr(row, column))))
            except InvalidToken:
                unreadable += 1
                continue
            row.save(update_fields=[column])
            renewed += 1
    transaction.on_commit(lambda: _write([new]))
    return renewed, unreadable


def _write(keys: list[bytes]) -> None:
    """Replace the file as a whole."""
    temporary = _path().with_name(f"{_path().name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(b"\n".join(keys) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(_path())
