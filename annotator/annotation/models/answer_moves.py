"""The UPDATE that changes an answer's state, composed once for each set of columns that change with it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models

from annotator.compiled import CompiledUpdate, Given


@cache
def update_of_move(
    answer_model: Any, names: tuple[str, ...], computed: tuple[tuple[str, Any], ...]
) -> CompiledUpdate:
    """The UPDATE of `Answer.move` that changes the columns of these names, and those that are computed."""
    meta: Any = answer_model._meta
    given: dict[str, Any] = {
        "state": Given("to", models.CharField()),
        **{name: Given(name, meta.get_field(name)) for name in names},
        **dict(computed),
    }
    only_from: Any = Given("only_from", models.CharField(), many=True)
    mine = answer_model.objects.filter(pk=Given("answer", models.UUIDField()), state__in=only_from)
    return CompiledUpdate(lambda: (mine, given))
