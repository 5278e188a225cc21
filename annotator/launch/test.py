"""`manage.py test`: pytest, with PostgreSQL, Redis and a browser at hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from annotator.bootstrap import ROOT
from annotator.launch.chromium import ensure_chromium


def main(arguments: Sequence[str]) -> int:
    """Become pytest: it starts the servers itself and has the last word. Does not return."""
    os.environ["CHROMIUM"] = ensure_chromium()
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])  # noqa: S606
