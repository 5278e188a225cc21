"""`make_admin`: the first admin of an empty installation."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotator.accounts import actions
from annotator.accounts.models import User
from annotator.errors import BadInput

VARIABLE = "ANNOTATOR_ADMIN_PASSWORD"  # of the environment


class Command(BaseCommand):
    """Makes an account and a workspace with it as admin.

    The password comes from the environment, because the arguments of a process can be read by others.
    """

    help = f"Make an admin with a workspace. The password is read from {VARIABLE}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument("--workspace", default="My workspace")

    @transaction.atomic
    def handle(self, *args: Any, username: str, workspace: str, **options: Any) -> None:
        """CommandError when the variable is not set, the password is weak, or the name is taken."""
        password = os.environ.get(VARIABLE, "")
        if not password:
            raise CommandError(f"Set {VARIABLE} to the password of the new admin.")
        if User.objects.filter(username=username).exists():
            raise CommandError(f"There is a user {username} already.")
        try:
            user = actions.make_user(username=username, password=password)
            actions.create_workspace(name=workspace, by=user)
        except BadInput as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Made {username}, admin of {workspace}.")
