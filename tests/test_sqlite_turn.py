"""Processes take turns to write to one SQLite database, however each of them ends."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from annotator.sqlite import turn
from annotator.sqlite.turn import Turn, turn_of

ROOT = Path(__file__).parent.parent
ROWS = 600


@pytest.fixture
def database(tmp_path):
    return str(tmp_path / "turns.sqlite3")


@contextmanager
def writer(database, name, rows):
    """A process of tests/sqlite_writer.py that is ready."""
    command = [sys.executable, "-m", "tests.sqlite_writer", database, name, str(rows)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def begin(process):
    process.stdin.write("\n")
    process.stdin.flush()


def rows_of(database):
    with closing(sqlite3.connect(database)) as rows:
        return dict(rows.execute("SELECT writer, count(*) FROM row GROUP BY writer"))


def test_two_that_write_without_pause_write_alike(database):
    with writer(database, "a", ROWS) as first, writer(database, "b", ROWS) as second:
        for process in (first, second):
            begin(process)
        for process in (first, second):
            assert process.wait(60) == 0

    assert min(rows_of(database).values()) > ROWS / 4


def test_the_next_one_writes_when_the_one_before_it_is_killed(database):
    with writer(database, "killed", 0) as first, writer(database, "next", 1) as second:
        begin(first)
        assert first.stdout.readline() == "begun\n"
        begin(second)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.1)
        first.kill()

        assert second.wait(15) == 0

    assert rows_of(database) == {"next": 1}


def test_who_waits_too_long_for_another_process_gives_its_place_up_too(database):
    with writer(database, "first", 0) as first, writer(database, "last", 1) as last:
        begin(first)
        first.stdout.readline()
        for _ in range(2):
            with pytest.raises(TimeoutError):
                turn_of(database).take(0.01)
        begin(last)
        first.kill()

        assert last.wait(15) == 0


def test_what_was_waited_is_taken_off_the_seconds(database):
    mine = Turn(database)
    assert mine.take(5) == 5

    threading.Timer(0.05, mine.end).start()
    left = mine.take(5)
    mine.end()

    assert 0 < left < 5


def test_a_forked_process_neither_has_the_turn_nor_ends_it(database):
    mine = turn_of(database)
    mine.take(5)

    child = os.fork()
    if not child:
        mine.end()
        try:
            turn_of(database).take(0.01)
        except TimeoutError:
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    mine.end()

    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.parametrize("name", [":memory:", "file:here?mode=memory&cache=shared"])
def test_a_database_in_memory_has_no_lock_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(turn, "_turns", {})

    mine = turn_of(name)
    mine.take(5)
    with pytest.raises(TimeoutError):
        mine.take(0.01)
    mine.end()

    assert list(tmp_path.iterdir()) == []
