"""Instances of models by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import NOT_PROVIDED, ForeignKey, Model
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=Model)


def unsaved(model: type[Row], **values: Any) -> Row:
    """As `model(**values)`, in a quarter of the time: without its signals and without checks of the names."""
    row = model.__new__(model)
    row._state = ModelState()
    constants, computed = _defaults(model)
    attributes = vars(row)
    attributes.update(constants)
    attributes.update(values)
    keys = _keys(model)
    for name in values.keys() & keys:
        related = attributes.pop(name)
        attname, target = keys[name]
        attributes[attname] = None if related is None else getattr(related, target)
        row._state.fields_cache[name] = related
    for name, compute in computed:
        if name not in values:
            attributes[name] = compute()
    return row


def stored(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """As `Model.from_db`, in a tenth of the time; `names` are attributes of the model's columns.

    It sends no signals and looks for no deferred columns: those that were not read are just not there.
    """
    row = model.__new__(model)
    row._state = state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    vars(row).update(zip(names, values, strict=True))
    return row


class Loader:
    """Stands for a model where Django makes instances of rows, and makes them by `stored`."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def from_db(self, alias: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        """As `model.from_db`; there is one database."""
        return stored(self.model, names, values)


def use_loaders(populators: Sequence[Any]) -> None:
    """Let Django's populators, which make the rows of `select_related`, make them by a Loader."""
    for populator in populators:
        populator.model_cls = Loader(populator.model_cls)
        use_loaders(populator.related_populators)


@cache
def _keys(model: type[Model]) -> dict[str, tuple[str, str]]:
    """By the name of each related row: the attribute that keeps its id, and the one of that row."""
    return {
        field.name: (field.attname, field.target_field.attname)
        for field in model._meta.local_concrete_fields
        if isinstance(field, ForeignKey)
    }


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """The attributes that every new row starts with, and those that are each row's own."""
    constants, computed = {}, []
    for field in model._meta.local_concrete_fields:
        if field.default is not NOT_PROVIDED and callable(field.default):
            computed.append((field.attname, field.default))
        else:
            constants[field.attname] = field.get_default()
    return constants, computed
