"""`manage.py import_suggestions FILE --dataset NAME --source NAME`: what the page does with a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.datasets.queries.named import dataset_named
from annotator.errors import AnnotatorError
from annotator.suggestions.actions import source_of
from annotator.suggestions.files import import_suggestions
from annotator.suggestions.forms import SUFFIXES
from annotator.suggestions.models import Source


class Command(BaseCommand):
    """The problems, then the counts. Ends with 1 when a line was refused."""

    help = "Propose the values in a CSV or JSONL file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fields of the page."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dataset", required=True, metavar="NAME")
        parser.add_argument("--workspace", metavar="NAME", help="needed when there are several")
        parser.add_argument("--source", required=True, metavar="NAME", help="the script or model")
        parser.add_argument("--source-version", default="", metavar="VERSION")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Propose and report."""
        if file.suffix.lower() not in SUFFIXES:
            raise CommandError(f"{file}: its name must end with .csv or .jsonl.")
        try:
            dataset = dataset_named(options["dataset"], workspace=options["workspace"])
            if dataset is None:
                raise CommandError(f"There is no dataset {options['dataset']}.")
            source = source_of(
                dataset.workspace,
                kind=Source.Kind.SCRIPT,
                name=options["source"],
                version=options["source_version"],
            )
            with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                is_csv = SUFFIXES[file.suffix.lower()]
                report = import_suggestions(dataset, source, lines, is_csv=is_csv)
        except (AnnotatorError, OSError) as refusal:
            raise CommandError(str(refusal)) from None
        for problem in report.problems:
            self.stdout.write(problem)
        if report.refused:
            raise CommandError(report.summary)
        self.stdout.write(report.summary)
