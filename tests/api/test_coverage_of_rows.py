"""Every row of PLATFORM.md has a test named after it."""

import re
from pathlib import Path

ROWS = {"P": 11, "T": 14, "D": 11, "V": 13, "S": 32, "W": 3}
# K1 (formats) is about rendering, W4 about the platform's own Python module.
SINGLE = ["K2", "K3", "K4", "K5"]


def test_every_row_has_its_test():
    sources = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    named = set(re.findall(r"R_([A-Z][0-9]+)(?=_)", sources))

    wanted = {f"{kind}{n}" for kind, last in ROWS.items() for n in range(1, last + 1)}
    assert wanted | set(SINGLE) <= named
