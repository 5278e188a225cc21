"""The documents are true: what they name exists, and what the code cites stands in them."""

import ast
import io
import re
import tokenize
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import get_commands

from annotator.accounts.models import Role
from annotator.accounts.permissions import MATRIX
from annotator.bootstrap import COMMANDS as OUR_COMMANDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
SOURCES = [
    path
    for folder in ("annotator", "tests", "templates", "static/js", "static/css", "docs")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".html", ".js", ".css", ".txt"} and path != Path(__file__)
] + [ROOT / name for name in ("manage.py", "pyproject.toml", "Dockerfile", "docker-compose.yml")]

DOCUMENT = re.compile(r"(?<![\w/.])((?:docs/[\w/-]+|README|CONTRIBUTING|CHANGELOG)\.md)(#[\w-]+)?")
ROW = re.compile(r"^\| ([RQMPLTIAVX][-A-Z]*\d+) \|", re.MULTILINE)
CITED = re.compile(r"\b(?:R-[A-Z]\d+|Q\d+|[MPLRTIAVX]\d{1,2})\b(?!-)")
RANGE = re.compile(r"\bR-([A-Z])(\d+) to R-\1(\d+)")
FORMER_NAMES = re.compile(r"\b(?:PLATFORM|RELIABILITY|TRAINING|SPEED)\b|platform-api\.txt")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
FOLDERS = ("annotator/", "tests/", "templates/", "static/", "docs/", "requirements/")


@cache
def text_of(path):
    return path.read_text(encoding="utf-8")


def rows_of(name):
    return set(ROW.findall(text_of(ROOT / "docs" / name)))


def anchors_of(path):
    """The headings as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(path, anchor):
    return path.exists() and (not anchor or anchor.lstrip("#") in anchors_of(path))


def remarks_in(path):
    """The comments and docstrings of a Python file."""
    source = text_of(path)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def ids_cited_in(path):
    """The ids of rows in its remarks and in the names of its tests; a range names all of its ids."""
    for remark in remarks_in(path):
        yield from CITED.findall(remark)
        for letter, first, last in RANGE.findall(remark):
            yield from (f"R-{letter}{number}" for number in range(int(first), int(last) + 1))
    yield from (f"R-{row}" for row in re.findall(r"R_([A-Z]\d+)(?=_)", text_of(path)))


def short(path):
    return str(path.relative_to(ROOT))


def test_every_cited_document_exists():
    missing = [
        f"{short(path)}: {name}{anchor}"
        for path in SOURCES
        for name, anchor in DOCUMENT.findall(text_of(path))
        if not leads_somewhere(ROOT / name, anchor)
    ]

    assert not missing


def test_no_document_is_cited_by_the_name_it_had_outside_the_repository():
    citing = [
        short(path)
        for path in SOURCES
        if path.suffix == ".py" and FORMER_NAMES.search("\n".join(remarks_in(path)))
    ]

    assert not citing


def test_every_cited_id_has_its_row():
    rows = rows_of("platform.md") | rows_of("reliability.md")
    missing = [
        f"{short(path)}: {cited}"
        for path in SOURCES
        if path.suffix == ".py"
        for cited in ids_cited_in(path)
        if cited not in rows
    ]

    assert not missing


def test_every_row_of_the_platform_has_its_test():
    names = "".join(text_of(path) for path in (ROOT / "tests/api").glob("test_*.py"))
    tested = {f"R-{row}" for row in re.findall(r"R_([A-Z]\d+)(?=_)", names.upper())}
    promised = {row for row in rows_of("platform.md") if row.startswith("R-")}

    assert promised - tested == {"R-K1"}  # the formats: tests/variables/test_rendering.py


def test_every_question_is_answered_by_the_api():
    (decisions,) = (ROOT / "annotator/api").rglob("decisions.py")
    asked = {row for row in rows_of("platform.md") if row.startswith("Q")}

    assert set(re.findall(r'"(Q\d+)"', text_of(decisions))) == asked


def test_every_row_of_reliability_names_tests_that_exist():
    cells = re.findall(r"^\| \w\d+ \|.*\| ([^|]*) \|$", text_of(ROOT / "docs/reliability.md"), re.M)
    named = {name.strip() for cell in cells for name in cell.split(",") if name.strip()}

    assert named
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []


def test_the_documented_permissions_are_those_of_the_matrix():
    section = text_of(ROOT / "docs/reliability.md").partition("## Permission matrix")[2]
    table = re.findall(r"^\| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    head, *documented = [line.split(" | ") for line in table]
    actual = [
        [
            action.value,
            *("yes" if role in rule.roles else "no" for role in Role),
            rule.scope or "never",
        ]
        for action, rule in MATRIX.items()
    ]

    assert head == ["action", *Role.values, "token"]
    assert documented == actual


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_every_link_leads_somewhere(document):
    for target in LINK.findall(text_of(document)):
        if not target.startswith(("http:", "https:")):
            path, _, anchor = target.partition("#")
            assert leads_somewhere((document.parent / path) if path else document, anchor), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_every_command_exists(document):
    assert set(COMMAND.findall(text_of(document))) <= {*get_commands(), *OUR_COMMANDS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_every_path_exists(document):
    named = [code for code in CODE.findall(text_of(document)) if code.startswith(FOLDERS)]
    paths = [code for code in named if not re.search(r"[<>*… ]|[A-Z]{3}", code)]

    assert [path for path in paths if not (ROOT / path.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_every_function_exists(document):
    for dotted in re.findall(r"`(annotator(?:\.\w+)+)`", text_of(document)):
        module, _, name = dotted.rpartition(".")
        assert hasattr(import_module(module), name), dotted


def test_every_setting_is_documented():
    read = re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', text_of(ROOT / "annotator/settings.py"))
    table = text_of(ROOT / "docs/server.md").partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)

    assert {name for row in rows for name in CODE.findall(row)} == set(read)
