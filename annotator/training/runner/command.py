"""`python -m annotator.training.runner.command FOLDER LINE`: starts a command line on a job folder.

`{folder}` in the line stands for the folder, which is also the command's working directory. Where the command
hands the job to another machine, no signal gets there: what is asked for is left in the folder as a file.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from annotator.training.runner import CANCELLED
from annotator.training.runner.job import END_EARLY, STOP, write_event
from annotator.training.runner.orphan import end_with_parent

PLACE = "{folder}"


def words(line: str, folder: Path) -> list[str]:
    """The command's words, as a shell would split them. Raises ValueError for an open quote."""
    return [word.replace(PLACE, str(folder)) for word in shlex.split(line)]


def run(folder: Path, line: str) -> int:
    """Start it and wait for its end; the exit code, CANCELLED for one that ends after a SIGTERM."""
    for name in (STOP, END_EARLY):
        (folder / name).unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: (folder / STOP).touch())
    signal.signal(signal.SIGUSR1, lambda *_: (folder / END_EARLY).touch())
    # In this process's group: whoever stops or kills that reaches the command too.
    command = subprocess.Popen(words(line, folder), cwd=folder, stdin=subprocess.DEVNULL)
    code = command.wait()
    if (folder / STOP).exists():
        return CANCELLED
    return code if code >= 0 else 128 - code


def main(arguments: list[Any]) -> int:
    """Run one job; a command that can't be started is its error."""
    end_with_parent()
    folder = Path(arguments[0]).absolute()
    try:
        code = run(folder, arguments[1])
    except (OSError, ValueError) as error:
        write_event(folder, {"error": f"TRAINING_COMMAND cannot be started: {error}"})
        return 1
    if code not in (0, CANCELLED) and not (folder / "events.jsonl").exists():
        text = f"TRAINING_COMMAND ended with {code} before the training began; the log says why."
        write_event(folder, {"error": text})
    return code


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
