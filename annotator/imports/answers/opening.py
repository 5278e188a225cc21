"""Opens what was received or named: which file holds the answers, its columns, what they may be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import count, islice
from pathlib import Path
from typing import Any

from annotator.datasets.models import Dataset
from annotator.errors import BadInput
from annotator.imports.answers import received
from annotator.imports.answers.authors import Authors
from annotator.imports.answers.cells import short_text, shown
from annotator.imports.answers.finding import Files
from annotator.imports.answers.mapping import SINGLE, Target, written
from annotator.imports.formats import open_source
from annotator.imports.formats.class_folders import ClassFolders
from annotator.imports.formats.guessing import Guess, guess_columns
from annotator.imports.formats.records import ANSWERED_BY, Column, Reading, Role, Source
from annotator.imports.grouping import is_passed_over
from annotator.imports.listing import files_below
from annotator.imports.models import AnswerImport
from annotator.names import folded, storable
from annotator.variables import ValueRefused

MAX_NOTES = 50
MAX_ROW_NOTES = 10
MAX_TABLES = 100  # files of a folder to choose from
EXAMPLE_LENGTH = 80
TABLES = {
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xls",
    ".ods",
    ".json",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".xml",
}
NAMES_OF_AUTHORS = {ANSWERED_BY, "annotator", "author", "annotated_by", "labeler", "labeller"}
BOUNDS = {"min_value", "max_value"}  # those of the values so far, which later ones need not keep


def base_of(answer_import: AnswerImport) -> Path:
    """The file or folder that was named or received."""
    if answer_import.path:
        return Path(answer_import.path)
    folder = received.folder_of(answer_import)
    inside = list(folder.iterdir()) if folder.is_dir() else []
    if not inside:
        raise BadInput("The received files are missing on the server. Send them again.")
    return inside[0] if len(inside) == 1 else folder


def opened(answer_import: AnswerImport) -> Source:
    """The source as it was recognised. Raises BadInput when it can't be read any more."""
    base = base_of(answer_import)
    path = base / answer_import.table if answer_import.table else base
    reading = Reading(**answer_import.reading)
    try:
        return open_source(path, format=answer_import.source_format, reading=reading)
    except OSError as error:
        raise BadInput(f"The file could not be read: {error.strerror}. Import it again.") from None


def files_of(answer_import: AnswerImport, source: Source) -> Files:
    """The files that rows may name: those that came along, or lie beside a file on the server."""
    base, root = base_of(answer_import), source.root
    if not base.is_dir():
        return Files(root, lists_all=not answer_import.path)
    if base in root.parents:
        return Files(base, inside=root.relative_to(base).as_posix())
    return Files(base)


def read_columns(answer_import: AnswerImport) -> dict[str, Any]:
    """The fields of the import that follow from its files. Raises BadInput when no file holds answers."""
    notes = [] if answer_import.path else received.unpack(answer_import)
    if notes and not received.names(answer_import):
        raise BadInput(" ".join(notes[:5]))
    source = _recognised(answer_import)
    answer_import.renew()
    if len(answer_import.tables) > 1:
        notes.append(
            f"{len(answer_import.tables)} files may hold answers: {answer_import.table} is read. Choose"
            " another one below."
        )
    of_rows = Counter[str]()
    targets = guessed(answer_import.dataset, source, of_rows)
    of_source = source.notes()
    notes += of_source + row_notes(of_rows, of_source)
    if not any(target.examples for target in targets):
        notes.append("The file has no row that can be read.")
    return {
        "source_format": source.name,
        "table": answer_import.table,
        "tables": answer_import.tables,
        "reading": asdict(source.reading),
        "reading_choices": source.reading_choices(),
        "mapping": written(targets),
        "notes": [storable(note) for note in notes[:MAX_NOTES]],
    }


def _recognised(answer_import: AnswerImport) -> Source:
    """By the whole folder, else by the one file of it that a format recognises."""
    if answer_import.table or base_of(answer_import).is_file():
        return opened(answer_import)
    tables = list(islice(_tables(base_of(answer_import)), MAX_TABLES))
    try:
        source = opened(answer_import)
        if not (tables and isinstance(source, ClassFolders)):  # beside a table folders say nothing
            return source
    except BadInput as refusal:
        if not tables:
            raise BadInput(
                "There is no file with answers among these. Send a table, such as CSV or XLSX, or an"
                " export of another tool together with the pictures."
            ) from refusal
    answer_import.tables = tables
    problem: BadInput | None = None
    for table in tables:
        answer_import.table = table
        try:
            return opened(answer_import)
        except BadInput as refusal:
            problem = problem or refusal
    assert problem is not None
    raise problem


def _tables(folder: Path) -> Iterable[str]:
    for listed in files_below(folder):
        path = listed.path.relative_to(folder).as_posix()
        is_table = listed.path.suffix.lower() in TABLES and not is_passed_over(path)
        if is_table and storable(path) == path:
            yield path


def row_notes(notes: Counter[str], of_source: list[str]) -> list[str]:
    """What is said of single rows, and of how many; not what the source says itself in these words."""
    told = [
        f"{number:,} row{'s' if number > 1 else ''}: {note}."
        for note, number in notes.most_common()
        if not any(note in each for each in of_source)
    ]
    more = len(told) - MAX_ROW_NOTES
    return [*told[:MAX_ROW_NOTES], *([f"And {more:,} other notes on rows."] if more > 0 else [])]


def guessed(dataset: Dataset, source: Source, notes: Counter[str] | None = None) -> list[Target]:
    """What each column is probably for. Variables are made only of a dataset that has none.

    What rows have to say is counted in `notes`.
    """
    guesses = guess_columns(source, notes)
    authors, asks_several = Authors(dataset), dataset.answers_per_sample > 1
    known = {folded(variable.name): variable.name for variable in dataset.variables.live()}
    targets: list[Target] = []
    for column in source.all_columns():
        if storable(column.name) != column.name:
            raise BadInput(
                f"The name of the column “{storable(column.name)[:100]}” holds a NUL or half a character, "
                "shown as _: correct it in the file, or choose its encoding."
            )
        if column.name == ANSWERED_BY and not guesses[column.name].filled:
            continue
        target = _target(column, guesses[column.name], known)
        if source.answers_as_text and column.name == "answer":
            target = replace(target, role=Role.ANSWER, variable="")
        is_unused = target.role in {Role.METADATA, Role.IGNORED}
        if folded(column.name) in NAMES_OF_AUTHORS:
            target = replace(target, names=_names(guesses[column.name].different))
        if asks_several and is_unused and _names_people(target, authors):
            target = replace(target, role=Role.AUTHOR)
        if target.role == Role.VARIABLE:
            target = _distinct(target, targets, known)
        if target.role in SINGLE and target.role in {each.role for each in targets}:
            target = replace(target, role=Role.METADATA)
        targets.append(target)
    return targets


def _names(cells: Iterable[str]) -> list[str]:
    """Each name once, as it is read of a cell; what can't be one names nobody."""
    names: dict[str, None] = {}
    for cell in cells:
        with suppress(BadInput, ValueRefused):
            names[short_text(cell)] = None
    return [name for name in names if name]


def _names_people(target: Target, authors: Authors) -> bool:
    """Whether a column seems to say who answered: by its name, and as it names a member."""
    is_named_so = folded(target.column) in NAMES_OF_AUTHORS
    return is_named_so and any(map(authors.known, target.examples))


def _target(column: Column, guess: Guess, known: dict[str, str]) -> Target:
    examples = [shown(example)[:EXAMPLE_LENGTH] for example in guess.examples[:3]]
    wanted = column.variable or column.name
    config = {**(column.config or guess.config)}
    config.pop("name", None)
    if column.config is None:
        config = {key: value for key, value in config.items() if key not in BOUNDS}
    common: dict[str, Any] = {
        "column": column.name,
        "examples": examples,
        "warnings": list(guess.warnings),
        "config": config,
        "guess": config,
    }
    if folded(wanted) in known and column.role in (None, Role.VARIABLE):
        return Target(**common, role=Role.VARIABLE, variable=known[folded(wanted)])
    role = guess.role
    if role == Role.VARIABLE and known and column.role is None:
        role = Role.METADATA
    name = variable_name(wanted) if role == Role.VARIABLE else ""
    return Target(**common, role=role, variable=name)


def _distinct(target: Target, earlier: list[Target], known: dict[str, str]) -> Target:
    """Another variable than those of earlier columns; input metadata where it is one of the dataset's."""
    taken = {each.variable for each in earlier if each.role == Role.VARIABLE}
    if target.variable not in taken:
        return target
    existing = set(known.values())
    if target.variable in existing:
        return replace(target, role=Role.METADATA, variable="")
    names = (f"{target.variable[:95]}_{number}" for number in count(2))
    return replace(target, variable=next(name for name in names if name not in taken | existing))


def variable_name(text: str) -> str:
    """A legal name of a variable, as near to the text as possible."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", folded(text)).strip("_") or "value"
    return (f"v_{name}" if name[0].isdigit() else name)[:100]
