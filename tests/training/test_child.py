"""The child process of a job, and the lines that it writes."""

import signal
import sys
import time

from annotator.training import child as children
from annotator.training.child import Child, JsonLines, log_tail

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("ready", "w").close()
time.sleep(600)
"""


def stubborn_child(folder):
    """One that ignores being asked to stop, and has begun to."""
    child = Child([sys.executable, "-c", STUBBORN], folder)
    deadline = time.monotonic() + 60
    while not (folder / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return child


def ended_code(child):
    deadline = time.monotonic() + 60
    while child.code() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return child.code()


def test_a_child_that_does_not_stop_in_time_is_killed(tmp_path, monkeypatch):
    with stubborn_child(tmp_path) as child:
        child.stop()
        child.stop()
        assert child.is_stopping
        assert child.code() is None  # it still has time
        monkeypatch.setattr(children, "STOP_TIMEOUT_SECONDS", 0)
        child.stop()

        assert ended_code(child) == -signal.SIGKILL


def test_a_child_is_not_left_behind(tmp_path):
    with stubborn_child(tmp_path) as child:
        assert child.code() is None

    assert child.code() == -signal.SIGKILL


def test_an_unfinished_line_waits(tmp_path):
    path = tmp_path / "events.jsonl"
    lines = JsonLines(path)

    before = lines.new()
    path.write_text('{"step": 1}\n{"st')
    first = lines.new()
    with path.open("a") as file:
        file.write('ep": 2}\n')

    assert before == []
    assert first == [{"step": 1}]
    assert lines.new() == [{"step": 2}]
    assert lines.new() == []


def test_the_end_of_a_log_is_a_text_that_every_database_holds(tmp_path):
    log = tmp_path / "log.txt"
    log.write_bytes("é".encode() * 50_000 + f"\0 in {tmp_path}/job.json \xff".encode("latin-1"))

    text = log_tail(tmp_path, 1_000)

    assert text.endswith("éé_ in ./job.json \ufffd")
    assert len(text) <= 1_000


def test_the_log_of_a_child_that_said_nothing_is_empty(tmp_path):
    (tmp_path / "log.txt").touch()

    assert log_tail(tmp_path, 1_000) == ""
