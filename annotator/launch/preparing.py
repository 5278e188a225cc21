"""The child of `prepare`: migrates, collects static files, makes the first accounts."""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import os
import secrets
import string
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from annotator.bootstrap import CannotStart, say
from annotator.launch.prepare import SECRETS, shown_file

ADMIN_PASSWORD, DEMO_PASSWORD, DEMO_TOKEN = SECRETS
LETTERS = "".join(set(string.ascii_letters + string.digits) - set("0O1Il"))


def main(arguments: Sequence[str]) -> int:
    """Print what was made as JSON, or in one line why it could not be; 0 or 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", choices=["demo", "admin", "nobody"], help="for a new database")
    options = parser.parse_args(arguments)
    try:
        with redirect_stdout(sys.stderr):
            made = work(options.accounts)
    except (CannotStart, CommandError, ImproperlyConfigured) as problem:
        print(problem)
        return 1
    print(json.dumps(made))
    return 0


def work(accounts: str) -> dict[str, Any]:
    """Do what is not done yet; what was made as JSON-ready values."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    django.setup()
    check_redis()
    check_database()
    check_bucket()
    call_command("migrate", interactive=False, verbosity=0)
    collect_static()
    if accounts == "nobody":
        return {"accounts": []}
    if not get_user_model().objects.exists():
        return make_accounts(demo=accounts == "demo")
    return renew_unseen_secrets(demo=accounts == "demo")


def check_redis() -> None:
    """CannotStart unless Redis answers."""
    import redis

    url = settings.REDIS_URL.replace("redis+socket://", "unix://").split("?")[0]
    try:
        redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3).ping()
    except (redis.RedisError, ValueError) as error:
        place = place_of(settings.REDIS_URL)
        raise CannotStart(
            f"Cannot reach Redis at {place} (REDIS_URL): {first_line(error)}"
        ) from error


def check_database() -> None:
    """CannotStart unless the database lets us in."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        url = os.environ.get("DATABASE_URL")
        place = f"{place_of(url)} (DATABASE_URL)" if url else settings.DATABASES["default"]["NAME"]
        raise CannotStart(f"Cannot open the database at {place}: {first_line(error)}") from error
    if connection.vendor == "postgresql":
        check_encoding(connection.connection.info.parameter_status("server_encoding"))


def check_bucket() -> None:
    """CannotStart unless the bucket, where one is set up, lets us write, read and delete."""
    from annotator.storage import files

    if not files.has_bucket():
        return
    name = f"checks/{secrets.token_hex(16)}"
    try:
        files.bucket().check()
        files.bucket().keep(name, b"check")
        files.bucket().read(name)
        files.bucket().remove(name)
    except OSError as error:
        place = settings.S3_ENDPOINT or "Amazon's storage"
        raise CannotStart(
            f"Cannot use the bucket {settings.S3_BUCKET} of {place} (S3_BUCKET, S3_ENDPOINT,"
            f" S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY): {error.strerror}."
        ) from error


def check_encoding(encoding: str) -> None:
    """CannotStart unless a PostgreSQL database can store every character."""
    if encoding != "UTF8":
        raise CannotStart(
            f"The database has the encoding {encoding}, which cannot store every character. Make one"
            " with UTF8: createdb --encoding=UTF8 --template=template0 NAME"
        )


def place_of(url: str) -> str:
    """A URL without its user and password, which belong in no log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def first_line(error: Exception) -> str:
    """Enough of an error to act on."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def collect_static() -> None:
    """Copy, hash and compress the static files, unless they are the same as last time."""
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    state = static_state()
    if stamp.is_file() and stamp.read_text() == state:
        return
    say("Collecting the static files.")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


def static_state() -> str:
    """What the collected files depend on: path, size and time of every source, storage and bundles."""
    from django.contrib.staticfiles.finders import get_finders

    from annotator.ui import bundles, storage

    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for module in (bundles, storage):
        digest.update(inspect.getsource(module).encode())
    for finder in get_finders():
        for path, folder in sorted(finder.list([]), key=lambda row: row[0]):
            about = Path(folder.path(path)).stat()
            digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_accounts(*, demo: bool) -> dict[str, Any]:
    """Make the demo's people and workspaces, or one admin."""
    preset_password, preset_token = preset(demo=demo)
    password, token = preset_password or random_text(16), preset_token or random_text(40)
    if demo:
        say("Making the demo workspaces.")
        call_command("make_demo", password=password, token=token)
    else:
        os.environ[ADMIN_PASSWORD] = password
        call_command("make_admin")
    return told(
        password="" if preset_password else password,
        token="" if preset_token or not demo else token,
    )


def preset(*, demo: bool) -> tuple[str, str]:
    """The password and the token that the operator chose; empty where not."""
    names = (DEMO_PASSWORD, DEMO_TOKEN) if demo else (ADMIN_PASSWORD, "")
    password, token = (os.environ.get(name, "") for name in names)
    return password, token


def renew_unseen_secrets(*, demo: bool) -> dict[str, Any]:
    """New secrets for the first accounts when the start that made them ended before it showed them.

    Until somebody signs in the first accounts are the only ones, and nobody knows what they would lose.
    """
    is_shown = shown_file(Path(settings.DATA_DIR)).exists()
    if is_shown or get_user_model().objects.filter(last_login__isnull=False).exists():
        return {"accounts": []}
    preset_password, preset_token = preset(demo=demo)
    password, token = preset_password or random_text(16), preset_token or random_text(40)
    for user in people():
        user.set_password(password)
        user.save(update_fields=["password"])
    has_token = renew_demo_token(token)
    return told(
        password="" if preset_password else password,
        token=token if has_token and not preset_token else "",
    )


def renew_demo_token(plain: str) -> bool:
    """Let the demo's API token be this one; False where there is no demo, or its token is in use."""
    from annotator.accounts.models import TOKEN_PREFIX_LENGTH, ApiToken, token_digest
    from annotator.demo.actions import API_ACCESS_NAME

    unused = ApiToken.objects.filter(name=API_ACCESS_NAME, last_used_at=None, revoked_at=None)
    return bool(unused.update(digest=token_digest(plain), prefix=plain[:TOKEN_PREFIX_LENGTH]))


def told(*, password: str, token: str) -> dict[str, Any]:
    """What `up` shows, as JSON-ready values; the secrets that the operator preset are empty."""
    accounts = [{"username": user.get_username(), "roles": roles_of(user)} for user in people()]
    return {"accounts": accounts, "password": password, "token": token}


def people() -> Any:
    """Everyone, in the order they were made."""
    return get_user_model().objects.filter(is_active=True).order_by("pk")


def roles_of(user: Any) -> str:
    """What someone is, in each of their workspaces."""
    memberships = user.memberships.select_related("workspace").order_by("pk")
    return ", ".join(
        f"{one.get_role_display().lower()} in {one.workspace.name}" for one in memberships
    )


def random_text(length: int) -> str:
    """Letters and digits that cannot be mistaken for one another; 5.8 bits each."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
