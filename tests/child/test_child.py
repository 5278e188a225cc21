"""The child process: bounded, reused, replaced, gone when idle and with its parent."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from annotator.child import calls
from annotator.child.calls import Overrun, TaskFailed
from annotator.errors import BadInput

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 20
MEMORY_BYTES = 200_000_000


@pytest.fixture(autouse=True)
def new_child():
    calls.end()
    yield
    calls.end()


def call(name, body=b"", *, seconds=20.0, memory_bytes=MEMORY_BYTES, **arguments):
    limits = {"seconds": seconds, "memory_bytes": memory_bytes}
    return calls.call(f"tests.child.tasks:{name}", body, **limits, **arguments)


def child_pid():
    return call("about")[0]["pid"]


def wait_until_gone(pid):
    until = time.monotonic() + PATIENCE_SECONDS
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, f"process {pid} is still there"
        time.sleep(0.05)


def test_one_child_does_one_task_after_the_other():
    facts, answer = call("about", b"abc")

    assert answer == b"cba"
    assert facts["pid"] != os.getpid()
    assert child_pid() == facts["pid"]


def test_as_many_children_work_at_a_time_as_a_caller_allows():
    def sleep(at_a_time):
        began = time.monotonic()
        with ThreadPoolExecutor(2) as pool:
            pids = pool.map(lambda _: call("nap", length=0.5, at_a_time=at_a_time)[0], range(2))
            return len(set(pids)), time.monotonic() - began

    call("about")
    both, _ = sleep(2)
    one, seconds = sleep(1)

    assert (both, one) == (2, 1)
    assert seconds >= 1
    calls.end()
    assert not calls._idle


def test_a_child_has_no_django_and_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x")

    facts, _ = call("about")

    assert not facts["django"]
    assert set(facts["env"]) <= {
        "PATH",
        "LANG",
        "TMPDIR",
        "PYTHONPATH",
        "MALLOC_ARENA_MAX",
        "LC_CTYPE",
    }


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS bounds no process's memory")
def test_too_much_memory_is_refused_and_the_child_replaced():
    first = child_pid()

    with pytest.raises(Overrun) as refusal:
        call("allocate", size_bytes=MEMORY_BYTES)

    assert refusal.value.cause == Overrun.Cause.MEMORY
    assert child_pid() != first
    wait_until_gone(first)


def test_what_takes_too_long_is_ended():
    first = child_pid()

    with pytest.raises(Overrun) as refusal:
        call("pause", seconds=0.2)

    assert refusal.value.cause == Overrun.Cause.TIME
    wait_until_gone(first)
    assert child_pid() != first


def test_a_task_that_ends_its_child_is_tried_once_more_and_then_refused():
    with pytest.raises(Overrun) as refusal:
        call("stop")

    assert refusal.value.cause == Overrun.Cause.STOPPED
    assert child_pid()


def test_a_child_that_somebody_else_ended_costs_no_task(tmp_path):
    os.kill(child_pid(), signal.SIGKILL)
    assert child_pid()

    assert call("stop_once", path=str(tmp_path / "made"))[0] == "done"


@pytest.mark.parametrize(
    ("name", "error"), [("refuse", BadInput), ("fill_disk", OSError), ("fail", TaskFailed)]
)
def test_what_a_task_raises_is_raised_here_and_the_child_stays(name, error):
    first = child_pid()

    with pytest.raises(error):
        call(name)

    assert child_pid() == first


def test_an_idle_child_ends_and_the_next_task_gets_another(monkeypatch):
    monkeypatch.setattr(calls, "IDLE_SECONDS", 1)
    first = child_pid()

    wait_until_gone(first)

    assert child_pid() != first


PARENT = """
import sys, threading
from annotator.child import calls
limits = {"memory_bytes": 200_000_000, "seconds": 60}
print(calls.call("tests.child.tasks:about", **limits)[0]["pid"], flush=True)
if "busy" in sys.argv:
    calls.call("tests.child.tasks:pause", **limits)
sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_child_ends_when_its_parent_is_killed(state):
    command = [sys.executable, "-c", PARENT, state]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        time.sleep(0.3)  # it is in the middle of the long task by now
        parent.kill()

    wait_until_gone(pid)


def test_a_forked_process_gets_a_child_of_its_own():
    ours = child_pid()
    reading, writing = os.pipe()

    pid = os.fork()
    if not pid:
        os.write(writing, str(child_pid()).encode())
        calls.end()
        os._exit(0)
    os.waitpid(pid, 0)

    assert int(os.read(reading, 20)) != ours
    assert child_pid() == ours
    os.close(reading)
    os.close(writing)
