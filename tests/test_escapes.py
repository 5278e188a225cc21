"""Comments that silence the linter or the type checker: few, and each with its reason beside it."""

import re
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "annotator"
ESCAPE = re.compile(r"# (?:noqa|type: ignore)\b(?P<rest>.*)")
WITH_REASON = re.compile(r"(?:: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*|\[[a-z, -]+\])\s+[#-]?\s*\w.+")
MAX_PER_THOUSAND_LINES = 0.5


def lines():
    for path in sorted(PACKAGE.rglob("*.py")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield f"{path.relative_to(PACKAGE)}:{number}", line


def test_each_escape_names_its_rule_and_its_reason():
    escapes = {place: match["rest"] for place, line in lines() if (match := ESCAPE.search(line))}

    assert {place for place, rest in escapes.items() if not WITH_REASON.match(rest)} == set()


def test_escapes_are_few():
    code = [line for _, line in lines()]

    assert (
        sum(bool(ESCAPE.search(line)) for line in code) < MAX_PER_THOUSAND_LINES * len(code) / 1000
    )
