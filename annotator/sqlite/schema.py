"""How migrations change tables of SQLite."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import schema
from django.db.models import Index, Model

_DjangosEditor: Any = schema.DatabaseSchemaEditor  # the stubs leave out what it calls


class DatabaseSchemaEditor(_DjangosEditor):
    """Django's own, which adds or removes the index of a field without writing the whole table anew."""

    def _alter_field(
        self, model: type[Model], old_field: Any, new_field: Any, *args: Any, **given: Any
    ) -> None:
        if not _differ_in_index_alone(old_field, new_field):
            super()._alter_field(model, old_field, new_field, *args, **given)
        elif new_field.db_index:
            self.execute(self._create_index_sql(model, fields=[new_field]))
        else:
            declared = {index.name for index in model._meta.indexes}
            names = self._constraint_names(
                model, [old_field.column], index=True, type_=Index.suffix, exclude=declared
            )
            for name in names:
                self.execute(self._delete_index_sql(model, name))


def _differ_in_index_alone(old: Any, new: Any) -> bool:
    (_, path, args, given), (_, new_path, new_args, new_given) = (
        old.deconstruct(),
        new.deconstruct(),
    )
    differing = {key for key in given | new_given if given.get(key) != new_given.get(key)}
    is_same = (old.column, path, args) == (new.column, new_path, new_args)
    return is_same and differing == {"db_index"} and not (old.unique or new.unique)
