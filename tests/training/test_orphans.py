"""A training process whose worker was killed."""

import json
import os
import select
import signal
import subprocess
import sys
import textwrap

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


@pytest.mark.parametrize("name", BACKENDS)
def test_a_killed_worker_leaves_no_training_behind(tmp_path, request, name):
    if name == "vlm":
        request.getfixturevalue("training_environment")
    endless = endless_job(BACKENDS[name], tmp_path)
    command = BACKENDS[name].command(endless)
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *command], stdout=subprocess.PIPE, text=True
    ) as worker:
        child = os.pidfd_open(int(worker.stdout.readline()))
        (endless / "samples.jsonl").open("w").close()  # returns when the training reads
        worker.send_signal(signal.SIGKILL)

    ended, _, _ = select.select([child], [], [], 60)
    os.close(child)
    assert ended
