"""A fresh clone starts with nothing but Python."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.launch.test_up import ROOT, START_SECONDS, free_port, running, up


@pytest.fixture
def clone(tmp_path):
    """A fresh clone, and the environment of a person who has only Python."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "clone")], check=True)
    (tmp_path / "home").mkdir()
    env = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    return tmp_path / "clone", env | {"BIND": f"127.0.0.1:{free_port()}"}


def supported_pythons():
    """The Pythons of this machine that we support, the oldest first."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    by_version = {sys.version_info[1]: sys._base_executable}
    for minor in range(11, 20):
        name = f"python3.{minor}"
        for path in [shutil.which(name), *versions.glob(f"3.{minor}.*/bin/{name}")]:
            # A shim may stand for a Python that is not there.
            if path and not subprocess.run([path, "-c", ""], capture_output=True).returncode:
                by_version[minor] = str(path)
    return [by_version[minor] for minor in sorted(by_version)]


@pytest.mark.slow
@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_a_fresh_clone_needs_nothing_but_python(clone, age):
    root, env = clone
    pythons = supported_pythons()
    if age == "newest" and len(pythons) == 1:
        pytest.skip("this machine has one Python that we support")
    where = {"python": pythons[0 if age == "oldest" else -1], "root": root}

    for start in ("first", "second"):
        with running(env, "--no-demo", **where) as (process, lines):
            family = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            process.wait(timeout=90)
        output = "".join(lines)
        assert process.returncode == 0, output
        assert ("Installing the packages" in output) == (start == "first")
        assert not [one for one in family if one.is_running()]

    tests = ["-q", "tests/launch/test_bootstrap.py", "tests/journeys/test_whole_loop.py"]
    run = subprocess.run(
        [where["python"], "manage.py", "test", *tests],
        cwd=root,
        env=env | {"CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"\d+ passed in [\d.]+s.*$", run.stdout.rstrip().splitlines()[-1])


@pytest.mark.slow
def test_a_first_start_without_a_network_is_one_line(clone):
    root, env = clone
    nowhere = "http://127.0.0.1:1/simple"
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": nowhere, "UV_DEFAULT_INDEX": nowhere}

    with up(env, python=sys._base_executable, root=root) as process:
        output, _ = process.communicate(timeout=START_SECONDS)

    assert process.returncode == 1
    assert "The first start needs the network once" in output.splitlines()[-1]
    assert "Traceback" not in output
