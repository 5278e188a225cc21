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
    # A run starts hundreds of processes: each would compile all that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(ROOT)
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", *spread(arguments), *arguments]
    os.execv(sys.executable, command)


def spread(arguments: Sequence[str]) -> list[str]:
    """Use two processes, each with servers of its own, for a whole run; one for whoever asks for a part."""
    return [] if arguments else ["-n", "2", "--dist", "worksteal"]
