"""The environment that vision-language models are trained in."""

import fcntl

import pytest

from annotator.training import venv


@pytest.fixture(scope="session")
def training_environment():
    """.venv-train with a CPU build of torch, made on first use; skipped where none can be had."""
    present = venv.environment()
    if present.is_current:
        return present
    present.folder.mkdir(parents=True, exist_ok=True)
    with (present.folder / "tests.log").open("w") as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # of several test processes one installs
        try:
            return venv.install(cpu=True, log=log)
        except venv.CannotInstall as problem:
            pytest.skip(f"{problem} The log: {log.name}")
