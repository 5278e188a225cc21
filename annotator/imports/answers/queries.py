"""What the pages of an import of answers show: its columns, how far it is, its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from annotator.imports.answers.authors import Authors
from annotator.imports.answers.mapping import Target, targets_of
from annotator.imports.fetching import is_address
from annotator.imports.formats import SOURCES
from annotator.imports.formats.records import Reading, Role, Standing
from annotator.imports.grouping import is_passed_over
from annotator.imports.models import AnswerImport, AnswerRefusal
from annotator.imports.progress import Progress, fetching_progress
from annotator.paging import KeysetPage
from annotator.variables import ConfigError, read_config

NEW, VARIABLE = "new", "variable:"
TEXT = {"type": "string"}
DECIMAL = {"type": "float"}
Choice = tuple[str, str, bool]  # value, label, whether it is chosen
READING = {
    "encoding": "Encoding",
    "delimiter": "Separator",
    "decimal": "Decimal mark",
    "date_order": "Order of dates",
    "header_row": "Row of the header",
    "sheet": "Sheet",
}
MEANING = {
    Standing.ACCEPTED: "they are right: complete samples are approved",
    Standing.REVIEW: "submitted in your name, or of who a column says, for a reviewer to approve",
    Standing.SUGGESTION: "shown while people label, never accepted by themselves",
}
SPOKEN = {
    "\t": "Tab",
    ",": "Comma ,",
    ";": "Semicolon ;",
    "|": "Bar |",
    ".": "Point .",
    "ymd": "Year, month, day",
    "dmy": "Day, month, year",
    "mdy": "Month, day, year",
}


@dataclass(frozen=True)
class NameChoice:
    """A name in the file, and who of the workspace it may be."""

    name: str
    choices: list[Choice]


@dataclass(frozen=True)
class ColumnRow:
    """One column on the page, with what it may be for."""

    number: int  # in the names of its fields
    target: Target
    uses: list[Choice]
    variables: list[Choice]
    types: list[Choice]
    new_name: str
    people: list[NameChoice]
    problem: str = ""


@dataclass(frozen=True)
class ReadingChoice:
    """One way in which the file may be read differently."""

    name: str
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class RefusalRow:
    """One line of the report; `field` names the input by which a person corrects the cell, if one can."""

    refusal: AnswerRefusal
    field: str = ""
    text: str = ""


def progress_of(answer_import: AnswerImport) -> Progress:
    """Of the step that goes on."""
    one = answer_import
    if one.is_fetching:
        return fetching_progress(one)
    if one.state == AnswerImport.State.UNDOING:
        left = one.rows.count()
        return Progress(max(one.position - left, 0), one.position, None)
    seconds = (timezone.now() - one.started_at).total_seconds() if one.started_at else 0
    rate = one.position / seconds if seconds > 1 and one.position else None
    return Progress(one.position, one.total, rate)


def counts_of(answer_import: AnswerImport) -> list[tuple[str, int]]:
    """Samples, values and refusals of a check or an import, in the words of its page."""
    one = answer_import
    figures = [
        ("new samples", one.samples_made),
        ("new values", one.values_new),
        ("changed values", one.values_changed),
        ("equal values", one.values_equal),
        ("refused", one.refused),
    ]
    return [(label, number) for label, number in figures if number or label != "new samples"]


def column_rows(
    answer_import: AnswerImport,
    targets: Iterable[Target],
    *,
    can_make: bool,
    problems: dict[str, list[str]] | None = None,
) -> list[ColumnRow]:
    """The columns as their form shows them; new variables only for those who may make them."""
    names = [variable.name for variable in answer_import.dataset.variables.live()]
    authors = Authors(answer_import.dataset)
    return [
        ColumnRow(
            number,
            target,
            uses=_uses(target, names, can_make=can_make),
            variables=_variables(target, names),
            types=_types(target),
            new_name=target.variable or target.column,
            people=[_name_choice(target, name, authors) for name in target.names],
            problem=" ".join((problems or {}).get(target.column, [])),
        )
        for number, target in enumerate(targets)
    ]


def _name_choice(target: Target, name: str, authors: Authors) -> NameChoice:
    known = authors.known(name)
    chosen = target.people.get(name, str(known.pk) if known else "")
    people = sorted(authors.by_id.items(), key=lambda item: item[1].display_name)
    return NameChoice(name, [(pk, user.display_name, pk == chosen) for pk, user in people])


def _use(target: Target, names: list[str]) -> str:
    if target.role != Role.VARIABLE:
        return target.role
    return f"{VARIABLE}{target.variable}" if target.variable in names else NEW


def _variables(target: Target, names: list[str]) -> list[Choice]:
    chosen = _use(target, names)
    return [(f"{VARIABLE}{name}", name, chosen == f"{VARIABLE}{name}") for name in names]


def _uses(target: Target, names: list[str], *, can_make: bool) -> list[Choice]:
    chosen = _use(target, names)
    rare = {Role.ANSWER, Role.OBJECTS}
    roles = [
        role for role in Role if role != Role.VARIABLE and (role not in rare or role == target.role)
    ]
    choices = [(str(role), str(role.label), chosen == role) for role in roles]
    if can_make or chosen == NEW:
        choices.append((NEW, "New variable", chosen == NEW))
    return choices


def _types(target: Target) -> list[Choice]:
    """The configurations that a new variable may get: the one that fits, and wider ones."""
    configs = {"guess": target.guess or TEXT, "text": TEXT}
    if (target.guess or {}).get("type") == "integer":
        configs["decimal"] = DECIMAL
    if configs["guess"] == TEXT:
        del configs["text"]
    return [(key, type_label(config), target.config == config) for key, config in configs.items()]


def type_label(config: dict[str, Any]) -> str:
    """A configuration in words: “Text, one of: a, b”."""
    try:
        rules = read_config({**config, "name": "value"}).type_rules
    except ConfigError:
        return str(config.get("type"))
    choices = getattr(rules, "choices", ())
    return f"{rules.label}, one of: {', '.join(choices)[:60]}" if choices else rules.label


def reading_choices(answer_import: AnswerImport) -> list[ReadingChoice]:
    """The ways in which this file may be read differently."""
    rows = []
    for name, label in READING.items():
        values = answer_import.reading_choices.get(name, [])
        labels = values if isinstance(values, dict) else SPOKEN
        chosen = answer_import.reading.get(name, "")
        if values:
            if chosen not in values:
                values = [chosen, *values]
            choices = [
                (value, labels.get(value, value) or "As the file says", value == chosen)
                for value in values
            ]
            rows.append(ReadingChoice(name, label, choices))
    return rows


def format_label(answer_import: AnswerImport) -> str:
    """The format as it was recognised."""
    source = SOURCES.get(answer_import.source_format)
    return source.label if source else ""


def read_as(values: dict[str, str]) -> Reading:
    """How a person says that the file is written."""
    return Reading(**{name: values.get(name, "") for name in READING})


def refusal_rows(answer_import: AnswerImport, page: KeysetPage[AnswerRefusal]) -> list[RefusalRow]:
    """The lines of one page of the report, those that a person may correct with their input."""
    places = {entry["column"]: number for number, entry in enumerate(answer_import.mapping)}
    rows = []
    seen = set()
    for refusal in page.rows:
        place = places.get(refusal.column)
        key = (refusal.number, place)
        if not answer_import.is_checked or place is None or key in seen:
            rows.append(RefusalRow(refusal))
            continue
        seen.add(key)
        mended = answer_import.mended.get(str(refusal.number), {}).get(refusal.column)
        text = refusal.value if mended is None else mended
        rows.append(RefusalRow(refusal, f"cell-{refusal.number}-{place}", text))
    return rows


def standings(answer_import: AnswerImport) -> list[tuple[str, str, str, bool]]:
    """(value, label, what it means, whether it is chosen) of what imported answers may be."""
    return [
        (str(each), str(each.label), MEANING[each], answer_import.standing == each)
        for each in Standing
    ]


def has_addresses(answer_import: AnswerImport) -> bool:
    """Whether a column seems to name pictures by their addresses."""
    targets = targets_of(answer_import.mapping)
    return any(is_address(example) for target in targets for example in target.examples)


@dataclass(frozen=True)
class ChosenFiles:
    """What was chosen on the page for files; `ignored` need not be sent."""

    files: int
    zips: int
    ignored: list[str]


def chosen_files(paths: Iterable[str]) -> ChosenFiles:
    """How many files there are, without hidden and system files."""
    paths = list(paths)
    ignored = [path for path in paths if is_passed_over(path)]
    zips = sum(path.lower().endswith(".zip") for path in paths if path not in ignored)
    return ChosenFiles(len(paths) - len(ignored) - zips, zips, ignored)


def report_lines(answer_import: AnswerImport) -> Iterator[list[Any]]:
    """The whole report as rows of a table."""
    for refusal in answer_import.refusals.all().iterator(chunk_size=500):
        yield [refusal.number, refusal.column, refusal.value, refusal.reason, refusal.remedy]


def chosen_targets(answer_import: AnswerImport) -> list[Target]:
    """What the columns are for, as kept."""
    return targets_of(answer_import.mapping)
