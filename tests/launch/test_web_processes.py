"""How many web processes `up` starts, and that its worker yields to them."""

import os

import pytest

from annotator.bootstrap import CannotStart
from annotator.launch.up import MAX_WEB_PROCESSES, web_command, web_processes, worker_command

POSTGRES = {"DATABASE_URL": "postgres://user@host/name"}


def test_sqlite_with_its_one_writer_has_one():
    assert web_processes({}) == 1
    assert web_processes({"DATABASE_URL": "sqlite:////tmp/here.sqlite3"}) == 1


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 2), (64, MAX_WEB_PROCESSES)])
def test_postgresql_has_one_for_each_core_up_to_a_limit(monkeypatch, cores, processes):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    assert web_processes(POSTGRES) == processes


@pytest.mark.parametrize("text", ["0", "two", "-1", "²", "100"])
def test_a_number_that_makes_no_sense_is_refused_in_one_line(text):
    with pytest.raises(CannotStart, match="WEB_PROCESSES must be a number from 1 to 99"):
        web_processes({"WEB_PROCESSES": text})


def test_a_person_may_choose():
    chosen = web_processes({**POSTGRES, "WEB_PROCESSES": "7"})

    command = web_command("127.0.0.1", 8000, chosen)
    assert command[command.index("--workers") + 1] == "7"


def test_the_worker_yields_to_requests():
    assert worker_command()[:2] == ["nice", "-n"]
