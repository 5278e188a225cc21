"""`manage.py export --dataset NAME --format NAME --output FILE`: what the export page does."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.datasets.queries.named import dataset_named
from annotator.errors import BadInput
from annotator.exports.export import Export
from annotator.exports.formats import FORMATS

SHOWN = 10  # samples left out that are named; the manifest names 1,000


class Command(BaseCommand):
    """The counts and what was left out. Ends with 1 when nothing went in."""

    help = "Write a dataset as a zip of one of these formats: " + ", ".join(FORMATS) + "."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The choices of the page."""
        parser.add_argument("--dataset", required=True, metavar="NAME")
        parser.add_argument("--workspace", metavar="NAME", help="needed when there are several")
        parser.add_argument("--format", choices=FORMATS, default=next(iter(FORMATS)))
        parser.add_argument("--approved-only", action="store_true")
        parser.add_argument(
            "--output", type=Path, required=True, metavar="FILE", help="a new zip; - writes it out"
        )

    def handle(self, *args: Any, output: Path, **options: Any) -> None:
        """Write the file and report."""
        if output.exists():
            raise CommandError(f"{output} exists; name a new file.")
        try:
            dataset = dataset_named(options["dataset"], workspace=options["workspace"])
        except BadInput as refusal:
            raise CommandError(str(refusal)) from None
        if dataset is None:
            raise CommandError(f"There is no dataset {options['dataset']}.")
        export = FORMATS[options["format"]](dataset, approved_only=options["approved_only"])
        if str(output) == "-":
            for block in export.stream():
                sys.stdout.buffer.write(block)
        else:
            write(export, output)
        self.sum_up(export, output)

    def sum_up(self, export: Export, output: Path) -> None:
        """The counts and the first that were left out; to where messages go."""
        counts = export.counts
        for entry in export.left_out[:SHOWN]:
            self.stderr.write(f"left out  {entry['name']}: {entry['reason']}")
        text = f"{counts['train']} training and {counts['test']} test samples in {output}"
        text += f", {counts['left_out']} left out (manifest.json names them)."
        if not counts["train"] + counts["test"]:
            raise CommandError(f"Nothing to train on: {text}")
        self.stderr.write(text)


def write(export: Export, output: Path) -> None:
    """Write the zip; it gets its name when it is whole. Raises CommandError."""
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") as file:
            for block in export.stream():
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        part.rename(output)
    except OSError as error:
        raise CommandError(f"Cannot write {output}: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
