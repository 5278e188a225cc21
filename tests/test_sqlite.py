"""Transactions of threads take turns, however each of them ends; an index is changed alone."""

import threading

import pytest
from django.db import OperationalError, models
from django.db.utils import ConnectionHandler
from django.test.utils import isolate_apps

from annotator.sqlite import base

pytestmark = pytest.mark.django_db(transaction=True)  # else the test has the turn itself


@pytest.fixture
def connect(tmp_path):
    """Make a connection to the same new database; each is a thread's own."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": 5}

    def new(**changes):
        settings = {"ENGINE": "annotator.sqlite", "NAME": str(tmp_path / "turns.sqlite3")}
        return ConnectionHandler({"default": {**settings, "OPTIONS": options | changes}})["default"]

    return new


def begin(connection):
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_next_one_begins_when_the_one_before_it_ends(connect, end):
    first, begun = connect(), threading.Event()
    begin(first)

    def write():
        second = connect()
        begin(second)
        begun.set()
        second.rollback()
        second.close()

    thread = threading.Thread(target=write)
    thread.start()
    was_early = begun.wait(0.05)
    getattr(first, end)()
    thread.join(5)
    first.close()

    assert (was_early, begun.is_set()) == (False, True)


def test_who_waits_too_long_is_told_what_sqlite_would_say(connect):
    first, second = connect(), connect(timeout=0.01)
    begin(first)

    with pytest.raises(OperationalError, match="locked"):
        begin(second)

    first.close()
    begin(second)
    second.close()


def test_the_wait_for_the_turn_is_a_part_of_the_wait_for_another_writer(connect, monkeypatch):
    """Without it a statement could wait twice as long as the page says."""
    connection, statements = connect(timeout=5), []
    connection.ensure_connection()
    connection.connection.set_trace_callback(statements.append)
    monkeypatch.setattr(base, "turn_of", lambda database: WaitedTurn())

    begin(connection)
    connection.close()

    assert statements[:3] == [
        "PRAGMA busy_timeout = 4000",
        "BEGIN IMMEDIATE",
        "PRAGMA busy_timeout = 5000",
    ]


class WaitedTurn:
    """A turn that had to be waited for, one second."""

    def take(self, seconds):
        return seconds - 1

    def end(self):
        pass


def test_placeholders_are_converted_as_django_converts_them(connect):
    connection = connect()

    with connection.cursor() as cursor:
        for _ in range(2):
            by_place = cursor.execute("SELECT %s, '100 %%'", [1]).fetchall()
            by_name = cursor.execute("SELECT %(a)s, %(a)s", {"a": 2}).fetchall()

    assert (by_place, by_name) == ([(1, "100 %")], [(2, 2)])
    connection.close()


def test_an_index_alone_comes_and_goes_without_the_table_being_written_anew(connect):
    connection = connect()

    def noted(**given):
        attributes = {"__module__": __name__, "text": models.TextField(**given)}
        with isolate_apps("tests"):
            meta = type("Meta", (), {"app_label": "tests"})
            return type("Note", (models.Model,), {**attributes, "Meta": meta})

    def alter(old, new):
        with connection.schema_editor() as editor:
            editor.alter_field(old, old._meta.get_field("text"), new._meta.get_field("text"))

    def stored():
        with connection.cursor() as cursor:
            cursor.execute("SELECT type, rootpage FROM sqlite_master WHERE tbl_name = 'tests_note'")
            rows = dict(cursor.fetchall())
            return "index" in rows, rows["table"]

    plain, indexed = noted(), noted(db_index=True)
    with connection.schema_editor() as editor:
        editor.create_model(indexed)
    has_index, place = stored()

    alter(indexed, plain)
    assert (has_index, stored()) == (True, (False, place))
    alter(plain, indexed)
    assert stored() == (True, place)
    alter(indexed, noted(db_index=True, null=True))
    assert stored() != (True, place), "what else changes still makes the table anew"
