"""Tokens are kept encrypted, and a lost key is said plainly."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from annotator.connections import tokens
from annotator.connections.actions import client_for
from annotator.errors import RemoteUnauthorized
from tests.factories import make_remote

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def keys(settings, tmp_path):
    """A key file of this one test."""
    settings.TOKEN_KEYS_FILE = tmp_path / "token_keys"
    return settings.TOKEN_KEYS_FILE


def test_the_key_file_is_made_once_and_is_the_owners_alone(keys):
    first = tokens.encrypt("secret")
    made = keys.read_bytes()

    assert tokens.decrypt(first) == "secret"
    assert keys.read_bytes() == made
    assert stat.S_IMODE(Path(keys).stat().st_mode) == 0o600


def test_a_token_is_not_in_the_database_in_plain_text():
    remote = make_remote(token="plain-token-1234")

    remote.refresh_from_db()

    assert b"plain-token" not in bytes(remote.encrypted_token)
    assert remote.token_hint == "1234"


def test_rotation_encrypts_every_token_with_a_new_key_and_drops_the_old(keys, capsys):
    remote = make_remote(token="plain-token-1234")
    before = keys.read_bytes()

    call_command("rotate_token_keys")

    remote.refresh_from_db()
    assert tokens.decrypt(remote.encrypted_token) == "plain-token-1234"
    assert before.strip() not in keys.read_bytes()
    assert "1 tokens have a new key" in capsys.readouterr().out


def test_another_key_gives_a_clear_error_instead_of_a_token(keys):
    remote = make_remote()
    keys.write_bytes(Fernet.generate_key())

    with pytest.raises(RemoteUnauthorized, match="Enter the token again"):
        client_for(remote)


def test_a_damaged_key_file_gives_a_clear_error_and_is_not_overwritten(keys):
    keys.write_text("no key at all")

    with pytest.raises(CommandError, match="damaged"):
        call_command("rotate_token_keys")
    with pytest.raises(tokens.KeysUnreadable, match="damaged"):
        tokens.encrypt("secret")

    assert keys.read_text() == "no key at all"
