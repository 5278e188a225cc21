"""`manage.py import_images FOLDER --dataset NAME`: what the import page does, from the command line."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.accounts.models import Workspace
from annotator.datasets.actions import create_dataset
from annotator.datasets.models import Dataset
from annotator.errors import AnnotatorError, BadInput
from annotator.imports import actions, reading
from annotator.imports.grouping import checked_path, is_clutter, natural_key, shown_path
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.queries import progress_of


class Command(BaseCommand):
    """One line per file, then a summary. Ends with 1 when nothing was added."""

    help = "Make samples of the pictures in a folder, its subfolders and zips."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of the page."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dataset", required=True, metavar="NAME")
        parser.add_argument("--workspace", metavar="NAME", help="needed when there are several")
        parser.add_argument(
            "--group",
            choices=ImageImport.Grouping.values,
            default="each",
            help="see the import page",
        )
        parser.add_argument("--test-percent", type=int, default=0, metavar="N")
        parser.add_argument(
            "--create", action="store_true", help="make the dataset if it is missing"
        )

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Import the folder and report."""
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        dataset = self.find_dataset(options)
        try:
            image_import = actions.begin(
                dataset, grouping=options["group"], test_percent=options["test_percent"], by=None
            )
        except AnnotatorError as refusal:
            raise CommandError(str(refusal)) from None
        ImportedFile.objects.bulk_create(rows_of(image_import, folder.resolve()), batch_size=500)
        for file in image_import.files.filter(state=ImportedFile.State.REFUSED):
            self.report(file)
        actions.start(image_import, by=None)
        self.read(image_import)
        self.sum_up(image_import)

    def read(self, image_import: ImageImport) -> None:
        """Read all files here; should a worker's sweep have been faster, wait for it."""
        while image_import.state == ImageImport.State.RUNNING:
            if not reading.work(image_import, seconds=3600, on_file=self.report):
                image_import.refresh_from_db()
                if image_import.state == ImageImport.State.RUNNING:
                    time.sleep(1)

    def report(self, file: ImportedFile) -> None:
        """One line: the state, the path, the reason."""
        reason = f": {file.reason}" if file.reason else ""
        self.stdout.write(f"{file.get_state_display():12} {file.path}{reason}")

    def sum_up(self, image_import: ImageImport) -> None:
        """The counts, and exit code 1 when nothing was added."""
        progress = progress_of(image_import)
        text = (
            f"{progress.samples} samples from {progress.stored} pictures, {progress.already} already"
            f" here, {progress.refused} refused, in {image_import.dataset}."
        )
        if not progress.stored:
            raise CommandError(f"Nothing was added: {text}")
        self.stdout.write(text)

    def find_dataset(self, options: dict[str, Any]) -> Dataset:
        """By name, in the named or the only workspace."""
        workspaces = Workspace.objects.all()
        if options["workspace"]:
            workspaces = workspaces.filter(name=options["workspace"])
        if len(workspaces) != 1:
            names = ", ".join(workspaces.values_list("name", flat=True)) or "none of that name"
            raise CommandError(f"Name one workspace with --workspace ({names}).")
        (workspace,) = workspaces
        name = options["dataset"]
        datasets = Dataset.objects.filter(workspace=workspace, name=name, removed_at=None)
        if len(datasets) > 1:
            raise CommandError(f"{len(datasets)} datasets are named {name}; rename one.")
        if datasets:
            return datasets[0]
        if not options["create"]:
            raise CommandError(f"There is no dataset {name} in {workspace}; --create makes it.")
        return create_dataset(workspace, by=None, name=name)


def rows_of(image_import: ImageImport, folder: Path) -> list[ImportedFile]:
    """A line for each file below the folder; the files are read where they are."""
    rows = []
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above, name)
            relative = path.relative_to(folder.parent).as_posix()
            if is_clutter(relative) or not path.is_file():
                continue
            row = ImportedFile(
                image_import=image_import, path=shown_path(relative), spool=str(path)
            )
            try:
                row.path = checked_path(relative)
                row.size_bytes = path.stat().st_size
            except BadInput as refusal:
                row.state, row.reason = ImportedFile.State.REFUSED, str(refusal)
            rows.append(row)
    return sorted(rows, key=lambda row: natural_key(row.path))
