"""`manage.py lint`: what can be checked without running anything."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from annotator.bootstrap import ROOT

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("djlint", "--lint", "--quiet", "templates"),
    ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
    ("hadolint", "Dockerfile"),
)


def main(_arguments: Sequence[str]) -> int:
    """Run all checks, also after a failed one; 1 if any failed."""
    binaries = Path(sys.prefix) / "bin"
    failed = []
    with tempfile.TemporaryDirectory() as data:
        for program, *arguments in CHECKS:
            print(f"$ {program} {' '.join(arguments)}", flush=True)
            env = {"PATH": f"{binaries}:/usr/bin:/bin", "DATA_DIR": data, "LANG": "C.UTF-8"}
            command = [str(binaries / program), *arguments]
            if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
                failed.append(program)
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0
