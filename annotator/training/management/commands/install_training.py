"""`manage.py install_training`: the environment for training vision-language models (.venv-train)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.errors import BadInput
from annotator.training import venv


class Command(BaseCommand):
    """Installs what requirements/train.txt lists, each package checked by its hash."""

    help = "Install what training a vision-language model needs, in an environment of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds --cpu and --extra."""
        parser.add_argument(
            "--cpu", action="store_true", help="a build of torch without CUDA: some GB less"
        )
        parser.add_argument(
            "--extra",
            action="append",
            default=[],
            choices=list(venv.EXTRAS),
            help="; ".join(f"{name}: {', '.join(what)}" for name, what in venv.EXTRAS.items()),
        )

    def handle(self, *args: Any, cpu: bool, extra: list[str], **options: Any) -> None:
        """Install; CommandError says why it failed."""
        try:
            environment = venv.install(cpu=cpu, extras=extra)
        except (venv.CannotInstall, BadInput) as problem:
            raise CommandError(str(problem)) from problem
        versions = ", ".join(
            f"{name} {version}" for name, version in environment.versions().items()
        )
        self.stdout.write(f"{environment.folder} holds {versions}.")
