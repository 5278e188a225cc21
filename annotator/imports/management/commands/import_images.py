"""`manage.py import_images FOLDER --dataset NAME`: what the import page does, from the command line."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.accounts.queries import workspace_named
from annotator.datasets.actions import create_dataset
from annotator.datasets.models import Dataset
from annotator.datasets.queries.named import dataset_named
from annotator.errors import AnnotatorError, BadInput
from annotator.imports import actions, reading
from annotator.imports.fetching import is_address
from annotator.imports.grouping import is_passed_over, natural_key, unused_path
from annotator.imports.listing import ListedFile, files_below
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.pictures import reason_of
from annotator.imports.queries import progress_of
from annotator.names import storable


class Command(BaseCommand):
    """One line per file, then a summary. Ends with 1 when nothing was added."""

    help = "Make samples of the pictures in a folder, its subfolders and zips."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of the page."""
        parser.add_argument("folder", help="a folder, or the https address of a zip or picture")
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

    def handle(self, *args: Any, folder: str, **options: Any) -> None:
        """Import the folder or the downloaded file, and report."""
        address = folder if is_address(folder) else ""
        if not address and not Path(folder).is_dir():
            raise CommandError(f"{folder} is not a folder.")
        dataset = self.find_dataset(options)
        choices = {"grouping": options["group"], "test_percent": options["test_percent"]}
        try:
            image_import = actions.begin(dataset, by=None, address=address, **choices)
        except AnnotatorError as refusal:
            raise CommandError(str(refusal)) from None
        if not address:
            self.start(image_import, Path(folder).resolve())
        self.read(image_import)
        self.sum_up(image_import)

    def start(self, image_import: ImageImport, folder: Path) -> None:
        """List the folder's files, to be read where they are."""
        try:
            rows = rows_of(image_import, folder)
            ImportedFile.objects.bulk_create(rows, batch_size=500)
            actions.start(image_import, by=None, passed_over=image_import.passed_over)
        except BaseException:
            actions.cancel(image_import, by=None)
            raise
        for file in image_import.files.filter(state=ImportedFile.State.REFUSED):
            self.report(file)

    def read(self, image_import: ImageImport) -> None:
        """Download and read all files here; should a worker's sweep have been faster, wait for it."""
        while image_import.is_working:
            if not reading.work(image_import, seconds=3600, on_file=self.report):
                image_import.refresh_from_db()
                if image_import.is_working:
                    time.sleep(1)
        if image_import.error:
            raise CommandError(image_import.error)

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
        if image_import.passed_over:
            text += f" {image_import.passed_over} hidden or system files were passed over."
        if not progress.stored:
            raise CommandError(f"Nothing was added: {text}")
        self.stdout.write(text)

    def find_dataset(self, options: dict[str, Any]) -> Dataset:
        """By name, in the named or the only workspace; made where --create says so."""
        name, workspace = options["dataset"], options["workspace"]
        try:
            if dataset := dataset_named(name, workspace=workspace):
                return dataset
            place = workspace_named(workspace)
        except BadInput as refusal:
            raise CommandError(str(refusal)) from None
        if not options["create"]:
            raise CommandError(f"There is no dataset {name} in {place}; --create makes it.")
        return create_dataset(place, by=None, name=name)


def rows_of(image_import: ImageImport, folder: Path) -> list[ImportedFile]:
    """A row for each file below the folder, which is read where it is. Linked folders are followed once.

    What cannot be read has a row that says so. Hidden and system files are counted on the import.
    """
    rows: list[ImportedFile] = []
    used: set[str] = set()
    for listed in files_below(folder):
        if is_passed_over(listed.path.relative_to(folder).as_posix()):
            image_import.passed_over += 1
            continue
        row = actions.new_file(image_import, listed.path.relative_to(folder.parent).as_posix())
        row.path = unused_path(row.path, used)
        used.add(row.path)
        if row.state == ImportedFile.State.WAITING:
            _locate(row, listed)
        rows.append(row)
    return sorted(rows, key=lambda row: natural_key(row.path))


def _locate(row: ImportedFile, listed: ListedFile) -> None:
    """Where the file lies, or why it cannot be read."""
    try:
        if listed.problem:
            raise BadInput(listed.problem)
        if storable(str(listed.path)) != str(listed.path):
            raise BadInput("The name is not valid Unicode. Rename the file.")
        row.size_bytes = listed.path.stat().st_size
        row.spool = str(listed.path)
    except (BadInput, OSError) as refusal:
        row.state, row.reason = ImportedFile.State.REFUSED, reason_of(refusal)
