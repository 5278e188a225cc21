"""What holds for every template, style sheet and module."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "static/js").glob("*.js"))
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
INLINE = re.compile(r"\sstyle=|\son[a-z]+=|\shx-on|javascript:|<style|<script(?![^>]*\ssrc=)", re.I)


def named(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.name)


@named(TEMPLATES)
def test_a_template_holds_no_inline_style_or_script(path):
    assert not INLINE.search(path.read_text())


@named(TEMPLATES)
def test_a_template_and_its_lines_are_short(path):
    lines = path.read_text().splitlines()

    assert len(lines) < 150
    assert [line for line in lines if len(line) > 120] == []


@named(MODULES)
def test_a_module_is_short_and_imports_only_its_neighbours(path):
    text = path.read_text()
    imports = re.findall(r"^(?:import|export) [^;]*?from \"([^\"]+)\";", text, re.M)

    assert len(text.splitlines()) < 150
    assert max(map(len, text.splitlines())) <= 120
    assert all((path.parent / name).is_file() and name.startswith("./") for name in imports)
    assert len(imports) == len(re.findall(r"^import\b", text, re.M))
    assert not re.search(r"\bimport\(|innerHTML|\beval\(", text)


def test_events_requests_and_drafts_are_made_in_one_module_each():
    texts = {path.name: path.read_text() for path in MODULES}
    settings = "single-keys"  # what a person chose for a browser is no draft

    def holding(pattern):
        return [name for name, text in texts.items() if re.search(pattern, text)]

    assert holding(r"new CustomEvent\(") == ["events.js"]
    assert holding(r"X-CSRFToken|csrf-token") == ["http.js"]
    assert holding(rf'localStorage(?!\.[gs]etItem\("{settings}")') == ["drafts.js"]


@named(SHEETS)
def test_a_style_sheet_belongs_to_a_layer_and_fetches_nothing(path):
    text = path.read_text()

    assert "@layer" in text
    assert "url(" not in text
    assert "@import" not in text


def test_every_class_of_a_sheet_is_named_by_what_renders_pages():
    sources = [*TEMPLATES, *MODULES, *(ROOT / "annotator").rglob("*.py")]
    named = set(re.findall(r"[\w-]+", "".join(path.read_text() for path in sources)))
    built = re.compile(r"(?:tone|series)-\w+|htmx-request")  # from a chart's data; by htmx
    for path in SHEETS:
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        classes = set(re.findall(r"\.([a-zA-Z][\w-]*)", rules))
        assert {name for name in classes - named if not built.fullmatch(name)} == set(), path.name


def test_only_the_tokens_know_colours_by_number():
    # Black and white over a picture or a backdrop are no colours of the theme.
    allowed = re.compile(r"#(?:000|fff)(?:[0-9a-f]{0,5})\b", re.I)
    for path in SHEETS:
        if path.name == "tokens.css":
            continue
        rest = allowed.sub("", path.read_text())
        outside = [line for line in rest.splitlines() if re.search(r"#[0-9a-f]{3,8}\b", line)]
        assert all("light-dark(" in line or "var(--box" in line for line in outside), path.name
