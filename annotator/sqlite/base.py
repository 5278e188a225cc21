"""The connection to SQLite. Django looks for a backend in a module of this name."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from annotator.sqlite.schema import DatabaseSchemaEditor
from annotator.sqlite.turn import Turn, turn_of

KEPT = 500  # statements in each process
_kept: dict[Any, str] = {}
_DjangosWrapper: Any = (
    base.DatabaseWrapper
)  # the stubs leave out what it calls at BEGIN, COMMIT and so on


class Cursor(base.SQLiteCursorWrapper):
    """A cursor that writes a statement's placeholders as SQLite reads them once, not at every run.

    Looking through the 4 kB of a query with joins takes a quarter of the time that the query itself does.
    """

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """The statement with `?`, or `:name`, for each placeholder."""
        key = query, None if param_names is None else tuple(param_names)
        converted = _kept.get(key)
        if converted is None:
            if len(_kept) >= KEPT:
                _kept.clear()
            converted = _kept[key] = super().convert_query(query, param_names=param_names)
        return converted


class DatabaseWrapper(_DjangosWrapper):
    """Django's connection, whose transactions take turns with those of other threads and processes.

    Writes outside of a transaction, and programs that don't know of turns, still wait as SQLite does.
    """

    SchemaEditorClass = DatabaseSchemaEditor
    turn: Turn | None = None  # while it is ours

    def create_cursor(self, name: str | None = None) -> Any:
        """A new cursor; SQLite has no named ones."""
        return self.connection.cursor(factory=Cursor)

    def _start_transaction_under_autocommit(self) -> None:
        """BEGIN. Raises OperationalError after `timeout` seconds, the wait for the turn included."""
        seconds = self.settings_dict["OPTIONS"].get("timeout", 5)
        left = seconds if self.turn else self._take_turn(seconds)
        try:
            if left < seconds:
                self._wait_for_lock(left)
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._end_turn()
            raise
        finally:
            if left < seconds:
                self._wait_for_lock(seconds)

    def _take_turn(self, seconds: float) -> float:
        """Wait for the turn; gives what is left of the seconds. Raises OperationalError, as SQLite does."""
        turn = turn_of(str(self.settings_dict["NAME"]))
        try:
            left = turn.take(seconds)
        except TimeoutError:
            raise OperationalError("database is locked") from None
        self.turn = turn
        return left

    def _wait_for_lock(self, seconds: float) -> None:
        """How long SQLite may wait for who writes without a turn, from now on."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")

    def _end_turn(self) -> None:
        if self.turn:
            turn, self.turn = self.turn, None
            turn.end()

    def _commit(self) -> None:
        super()._commit()
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._end_turn()
