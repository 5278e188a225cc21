"""`make_demo`: two workspaces with something in them, for a new database."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from annotator.demo import actions, jobs
from annotator.demo.models import Demo
from annotator.queueing import enqueue_on_commit

PASSWORD, TOKEN = "ANNOTATOR_DEMO_PASSWORD", "ANNOTATOR_DEMO_TOKEN"  # variables' names
SECONDS = 4.0  # for the first samples, before anybody can look


class Command(BaseCommand):
    """Makes accounts, workspaces and the first samples; workers draw the rest.

    Password and token come from the environment, because the arguments of a process can be read by
    others; where they are not set, they are made and shown once.
    """

    help = f"Make the demo workspaces, once. {PASSWORD} and {TOKEN} preset the password and the API token."
    stealth_options = ("password", "token")  # for call_command alone

    def handle(self, *args: Any, **options: Any) -> None:
        """Idempotent; a demo that was begun is continued."""
        if not Demo.objects.exists():
            self.make(options.get("password"), options.get("token"))
        actions.run_steps(seconds=SECONDS)
        enqueue_on_commit(jobs.run_steps)

    def make(self, password: str | None, token: str | None) -> None:
        """Make the accounts, and print the secrets that were made here."""
        known_password = password or os.environ.get(PASSWORD)
        known_token = token or os.environ.get(TOKEN)
        password = known_password or secrets.token_urlsafe(12)
        token = known_token or secrets.token_hex(20)
        with transaction.atomic():
            actions.make_demo(password=password, token=token)
        self.stdout.write("Made the demo: admin, reviewer, anna and ben.")
        if not known_password:
            self.stdout.write(f"Password of all four: {password}")
        if not known_token:
            self.stdout.write(f"API token of the admin: {token}")
