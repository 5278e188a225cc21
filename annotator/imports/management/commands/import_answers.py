"""`manage.py import_answers FILE --dataset NAME`: what the page does with a file, folder or address."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.accounts.models import User
from annotator.datasets.models import Dataset
from annotator.datasets.queries.named import dataset_named
from annotator.errors import AnnotatorError, BadInput
from annotator.garbage import look_less_often
from annotator.imports.answers import actions, work
from annotator.imports.answers.mapping import Target, targets_of
from annotator.imports.fetching import is_address
from annotator.imports.formats import SOURCES
from annotator.imports.formats.records import Reading, Role, Standing
from annotator.imports.models import AnswerImport

STANDINGS = {"accept": Standing.ACCEPTED, "review": Standing.REVIEW, "suggest": Standing.SUGGESTION}
SHOWN = 50  # refusals; all are counted
State = AnswerImport.State


class Command(BaseCommand):
    """What each column is for, the refusals, then the counts. Ends with 1 when a row was refused."""

    help = "Make values of the rows of a table, an export of another tool or a dataset folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The choices of the page."""
        parser.add_argument("file", help="a file or folder, or the https address of a file")
        parser.add_argument("--dataset", required=True, metavar="NAME")
        parser.add_argument("--workspace", metavar="NAME", help="needed when there are several")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=ROLE",
            help=f"one of {', '.join(Role.values)}, or variable:NAME; other columns are guessed",
        )
        standing = parser.add_mutually_exclusive_group()
        for name in STANDINGS:
            standing.add_argument(
                f"--{name}", dest="standing", action="store_const", const=name, default="accept"
            )
        parser.add_argument("--by", metavar="USERNAME", help="who gives answers for review")
        parser.add_argument("--format", choices=SOURCES, default="", help="else it is recognised")
        for field in fields(Reading):
            option = f"--{field.name.replace('_', '-')}"
            parser.add_argument(option, default="", metavar="TEXT", help="else it is guessed")
        parser.add_argument(
            "--fetch-pictures", action="store_true", help="that rows name by their address"
        )
        parser.add_argument("--dry-run", action="store_true", help="only check, and write nothing")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        """Read the columns, check or import, report."""
        look_less_often()
        try:
            dataset, by = self.find(options)
            answer_import = self.opened(dataset, file, options, by=by)
            targets = mapped(targets_of(answer_import.mapping), options["map"])
            for target in targets:
                self.stdout.write(f"{target.column}: {described(target)}")
            for note in answer_import.notes:
                self.stdout.write(note)
            actions.choose_columns(
                answer_import,
                targets,
                standing=STANDINGS[options["standing"]],
                fetches_pictures=options["fetch_pictures"],
            )
            if options["dry_run"]:
                actions.start_check(answer_import)
            else:
                actions.start_import(answer_import, by=by)
        except (AnnotatorError, OSError) as refusal:
            raise CommandError(str(refusal)) from None
        self.work(answer_import)
        self.sum_up(answer_import, is_dry_run=options["dry_run"])

    def find(self, options: dict[str, Any]) -> tuple[Dataset, User | None]:
        """The dataset, and the person in whose name it is done."""
        dataset = dataset_named(options["dataset"], workspace=options["workspace"])
        if dataset is None:
            raise BadInput(f"There is no dataset {options['dataset']}.")
        if not options["by"]:
            return dataset, None
        people = User.objects.filter(memberships__workspace=dataset.workspace_id)
        by = people.filter(username=options["by"]).first()
        if by is None:
            raise BadInput(f"There is nobody called {options['by']} in this workspace.")
        return dataset, by

    def opened(
        self, dataset: Dataset, file: str, options: dict[str, Any], *, by: User | None
    ) -> AnswerImport:
        """The import with its columns read."""
        reading = Reading(**{each.name: options[each.name] for each in fields(Reading)})
        if is_address(file):
            answer_import = actions.begin(dataset, by=by, address=file)
        elif Path(file).exists():
            answer_import = actions.begin(dataset, by=by, path=Path(file))
        else:
            raise BadInput(f"{file} does not exist.")
        answer_import.reading = asdict(reading)
        answer_import.source_format = options["format"]
        answer_import.save(update_fields=["reading", "source_format"])
        self.work(answer_import)
        return answer_import

    def work(self, answer_import: AnswerImport) -> None:
        """Work here to the end; should a worker's sweep have been faster, wait for it."""
        while answer_import.is_working:
            if not work.work(answer_import, seconds=3600, on_batch=self.progress):
                answer_import.refresh_from_db()
                if answer_import.is_working:
                    time.sleep(1)
        if answer_import.state == State.FAILED:
            raise CommandError(answer_import.error)

    def progress(self, answer_import: AnswerImport) -> None:
        """How far it is, where a person looks."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{answer_import.position:,} rows", ending="")

    def sum_up(self, answer_import: AnswerImport, *, is_dry_run: bool) -> None:
        """The refusals and counts, and exit code 1 when something was refused."""
        for refusal in answer_import.refusals.all()[:SHOWN]:
            where = f"row {refusal.number}" + (f", {refusal.column}" if refusal.column else "")
            self.stdout.write(f"{where}: {refusal.value}: {refusal.reason} {refusal.remedy}")
        one = answer_import
        text = (
            f"{one.position:,} rows: {one.samples_made:,} samples made, {one.values_new:,} new values,"
            f" {one.values_changed:,} changed, {one.values_equal:,} equal, {one.refused:,} refused."
        )
        if is_dry_run:
            text += " Nothing was written: this was a dry run."
        if one.refused:
            raise CommandError(text)
        self.stdout.write(text)


def mapped(targets: list[Target], options: list[str]) -> list[Target]:
    """The guesses with what the person says in their place. Raises BadInput."""
    by_column = {target.column: target for target in targets}
    for option in options:
        column, _, role = option.rpartition("=")
        if column not in by_column:
            columns = ", ".join(by_column)
            raise BadInput(f"There is no column “{column}”. The file has: {columns}.")
        role, _, variable = role.partition(":")
        if role not in Role.values:
            raise BadInput(f"“{role}” is no use of a column. Write one of: {', '.join(Role)}.")
        guess = by_column[column]
        if role == Role.VARIABLE:
            variable = variable or guess.variable or column
        by_column[column] = replace(guess, role=role, variable=variable)
    return list(by_column.values())


def described(target: Target) -> str:
    """What a column is for, for people."""
    label = str(Role(target.role).label)
    return f"{label} {target.variable}" if target.role == Role.VARIABLE else label
