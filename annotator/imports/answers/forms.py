"""What the pages of an import of answers send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from annotator.errors import BadInput
from annotator.imports.answers.mapping import Target
from annotator.imports.answers.queries import DECIMAL, NEW, TEXT, VARIABLE
from annotator.imports.formats.records import Role
from annotator.imports.forms import FilesForm
from annotator.imports.models import AnswerImport

CELL = re.compile(r"cell-([0-9]{1,9})-([0-9]{1,4})")


class AnswersForm(FilesForm):
    """The page without JavaScript: all files at once."""

    NOTHING = "Choose a file with answers, a folder or a zip, or enter an address."


def read_targets(data: Mapping[str, str], targets: list[Target]) -> list[Target]:
    """The targets as the columns' form has them. Raises BadInput for a use that does not exist."""
    read = []
    for number, target in enumerate(targets):
        use = data.get(f"use-{number}")
        if target.names:
            target = replace(target, people=_read_people(data, number, target.names))
        if use is None:
            read.append(target)
        elif use == NEW:
            name = data.get(f"name-{number}", "").strip()
            configs = {"text": TEXT, "decimal": DECIMAL}
            config = configs.get(data.get(f"type-{number}", ""), target.guess or TEXT)
            read.append(replace(target, role=Role.VARIABLE, variable=name, config=config))
        elif use.startswith(VARIABLE):
            name = use.removeprefix(VARIABLE)
            read.append(replace(target, role=Role.VARIABLE, variable=name, config=None))
        elif use in Role.values and use != Role.VARIABLE:
            read.append(replace(target, role=use, variable=""))
        else:
            raise BadInput(
                f"Choose what the column “{target.column}” is for.",
                fields={target.column: ["Choose what it is for."]},
            )
    return read


def _read_people(data: Mapping[str, str], number: int, names: list[str]) -> dict[str, str]:
    """By name; "" where nobody was chosen."""
    fields = {name: f"person-{number}-{place}" for place, name in enumerate(names)}
    return {name: data[field] for name, field in fields.items() if field in data}


def read_cells(data: Mapping[str, str], answer_import: AnswerImport) -> dict[int, dict[str, str]]:
    """The corrected cells, by row number and column; those that were left as they are too."""
    columns = [entry["column"] for entry in answer_import.mapping]
    cells: dict[int, dict[str, str]] = {}
    for name, text in data.items():
        match = CELL.fullmatch(name)
        if match and int(match[2]) < len(columns):
            cells.setdefault(int(match[1]), {})[columns[int(match[2])]] = text
    return cells
