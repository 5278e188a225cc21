"""A training process whose worker was killed."""

import json
import os
import select
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from annotator.training.backends import BACKENDS

WORKER = textwrap.dedent("""
    import subprocess, sys
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
    print(child.pid, flush=True)
    child.wait()
""")


def endless_job(backend, tmp_path):
    """A job folder whose training never gets past reading its samples."""
    job = {"name": "x", "version": 1, "seed": 0, "variables": [], "prompts": {}, "bases": ""}
    job["params"] = {parameter.name: parameter.default for parameter in backend.parameters}
    (tmp_path / "job.json").write_text(json.dumps(job))
    os.mkfifo(tmp_path / "samples.jsonl")
    return tmp_path


def wait_for_reader(fifo):
    """Return once a process has opened the FIFO to read it; fails after two minutes without one."""
    deadline = time.monotonic() + 120
    while True:
        try:
            os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody reads yet
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("name", BACKENDS)
def test_a_killed_worker_leaves_no_training_behind(tmp_path, request, settings, name):
    if name == "vlm":
        request.getfixturevalue("training_environment")
    settings.TRAINING_COMMAND = "sh -c 'cat {folder}/samples.jsonl; sleep 600'"
    endless = endless_job(BACKENDS[name], tmp_path)
    command = BACKENDS[name].command(endless)
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *command], stdout=subprocess.PIPE, text=True
    ) as worker:
        child = os.pidfd_open(int(worker.stdout.readline()))
        wait_for_reader(endless / "samples.jsonl")
        worker.send_signal(signal.SIGKILL)

    ended, _, _ = select.select([child], [], [], 60)
    os.close(child)
    assert ended
