"""Gives the remotes' tokens a new key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.connections.tokens import KeysUnreadable, rotate_keys


class Command(BaseCommand):
    """`manage.py rotate_token_keys`: after a suspicion, or by habit once a year."""

    help = "Encrypt the tokens of all remotes with a new key and drop the old one."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            renewed, unreadable = rotate_keys()
        except KeysUnreadable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{renewed} tokens have a new key.")
        if unreadable:
            self.stderr.write(
                f"{unreadable} tokens could not be read: enter them again on their remote's page."
            )
