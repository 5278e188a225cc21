"""Bundles: every module once, after those that it imports; pages name them nowhere else."""

import re
from pathlib import Path

import pytest

from annotator.ui.bundles import PAGES, SHEETS, bundle, bundles, joined_sheets

ROOT = Path(__file__).parents[2]


def read(name):
    return (ROOT / "static" / name).read_text()


def test_a_module_comes_once_and_after_what_it_imports():
    files = {
        "js/c.js": "export const C = 1;\n",
        "js/b-b.js": 'import { C } from "./c.js";\n\nexport function b() { return C; }\n',
        "js/a.js": '// Says what.\nimport { b } from "./b-b.js";\nimport { C as D } from "./c.js";\nb(D);\n',
    }

    text = bundle(["a", "c"], files.__getitem__)

    assert re.findall(r"^const (\$\w+) = \(", text, re.M) == ["$c", "$b_b", "$a"]
    assert "const { b } = $b_b;\nconst { C: D } = $c;\nb(D);\nreturn {  };" in text
    assert "function b() { return C; }\nreturn { b };" in text


def test_a_circle_of_imports_is_refused():
    files = {
        "js/a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
        "js/b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
    }

    with pytest.raises(ValueError, match=r"a\.js imports itself"):
        bundle(["a"], files.__getitem__)


def test_nothing_of_a_module_is_left_over_in_a_bundle():
    for name, text in bundles(read).items():
        assert not re.search(r"^\s*(?:import|export)\b", text, re.M), name


def test_every_sheet_is_in_the_one_sheet():
    text = joined_sheets(read)

    names = {path.stem for path in (ROOT / "static/css").glob("*.css")}
    assert names - set(SHEETS) == {"api"}  # of one page alone
    assert text.count("{") == sum(read(f"css/{name}.css").count("{") for name in SHEETS)


def test_pages_load_modules_by_the_tag_alone():
    templates = [(path.name, path.read_text()) for path in (ROOT / "templates").rglob("*.html")]

    direct = [name for name, text in templates if re.search(r"static ['\"]js/", text)]
    named = {page for _, text in templates for page in re.findall(r'% modules "(\w+)" %', text)}
    assert direct == ["unavailable.html"]  # one module of its own, which imports nothing
    assert named == set(PAGES)
