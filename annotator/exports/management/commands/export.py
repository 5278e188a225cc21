"""`manage.py export --dataset NAME --format NAME --output FILE`: what the export page does."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.datasets.models import Dataset
from annotator.datasets.queries.named import dataset_named
from annotator.errors import BadInput
from annotator.exports.export import Export
from annotator.exports.formats import FORMATS
from annotator.exports.selection import Pictures
from annotator.exports.writing import export_for, write_file

SHOWN = 10  # samples left out that are named; the manifest names 1,000


class Command(BaseCommand):
    """The counts and what was left out. Ends with 1 when nothing went in."""

    help = "Write a dataset as a zip of one of these formats: " + ", ".join(FORMATS) + "."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The choices of the page."""
        parser.add_argument("--dataset", required=True, metavar="NAME")
        parser.add_argument("--workspace", metavar="NAME", help="needed when there are several")
        parser.add_argument("--format", choices=FORMATS, default=next(iter(FORMATS)))
        parser.add_argument(
            "--select",
            default="",
            metavar="QUERY",
            help="what goes in, as in the page's address, e.g. 'states=approved&test_percent=20'",
        )
        parser.add_argument("--snapshot", metavar="NAME", help="the newest of this name, as it was")
        parser.add_argument("--approved-only", action="store_true", help="states=approved")
        parser.add_argument(
            "--host", default="", metavar="URL", help="of this server, where pictures are links"
        )
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
        export = export_of(dataset, options)
        if str(output) == "-":
            for block in export.stream():
                sys.stdout.buffer.write(block)
        else:
            try:
                write_file(export, output)
            except OSError as error:
                reason = error.strerror or error
                raise CommandError(f"Cannot write {output}: {reason}.") from error
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


def export_of(dataset: Dataset, options: dict[str, Any]) -> Export:
    """As the options say. Raises CommandError."""
    query = options["select"].removeprefix("?")
    if options["approved_only"]:
        query += "&states=approved"
    host = options["host"].rstrip("/")
    name = options["snapshot"]
    snapshot = dataset.snapshots.filter(name=name).first() if name else None
    if name and snapshot is None:
        raise CommandError(f"{dataset} has no snapshot {name}.")
    try:
        export = export_for(
            dataset, format_name=options["format"], query=query, host=host, snapshot=snapshot
        )
    except BadInput as refusal:
        raise CommandError(str(refusal)) from None
    if export.selection.pictures == Pictures.LINKS and not host:
        raise CommandError("Give this server's address with --host: pictures are to be links.")
    return export
