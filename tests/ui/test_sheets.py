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


@named(MODULES)
def test_a_module_is_short_and_stands_alone(path):
    text = path.read_text()

    assert len(text.splitlines()) < 100
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|\beval\(", text, re.M)


@named(SHEETS)
def test_a_style_sheet_belongs_to_a_layer_and_fetches_nothing(path):
    text = path.read_text()

    assert "@layer" in text
    assert "url(" not in text
    assert "@import" not in text


def test_only_the_tokens_know_colours_by_number():
    # Black and white over a picture or a backdrop are no colours of the theme.
    allowed = re.compile(r"#(?:000|fff)(?:[0-9a-f]{0,5})\b", re.I)
    for path in SHEETS:
        if path.name == "tokens.css":
            continue
        rest = allowed.sub("", path.read_text())
        outside = [line for line in rest.splitlines() if re.search(r"#[0-9a-f]{3,8}\b", line)]
        assert all("light-dark(" in line or "var(--box" in line for line in outside), path.name
