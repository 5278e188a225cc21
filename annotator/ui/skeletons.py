"""A template that a page needs many times, with little that differs: rendered once, then filled.

What decides between its branches is its shape; the texts of a shape are put into the HTML that the template
gave for it, escaped as Django escapes them. So the template alone says what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

KEPT = 500  # shapes of all templates
# Stands for a text of this name: characters of private use, which no template has and escaping leaves alone.
MARK = "\ue000{}\ue001"
MARKS = re.compile(MARK.format("([a-z0-9_.]+)"))
NAMESPACE = UUID("7d0f1c52-3f1e-4c26-9c0e-5a6f2d1f9b34")  # of the ids that stand for others


def filled(
    template: str,
    shape: Mapping[str, Any],
    texts: Mapping[str, Any],
    ids: Mapping[str, UUID] = MappingProxyType({}),
) -> SafeString:
    """The template's HTML. It may use a text of `texts` only as `{{ text }}`, without filters or tags.

    One of `ids` may also be an argument of `{% url %}`. `{% if text %}` says whether it was given at all.
    Names may be paths, as a template writes them: "pane.name", or "panes.0.name" for what it loops over.
    """
    pieces = list(_pieces(template, tuple(shape.items()), tuple(texts), tuple(ids)))
    given = {**texts, **ids}
    pieces[1::2] = [conditional_escape(given[name]) for name in pieces[1::2]]
    return SafeString("".join(pieces))


@lru_cache(maxsize=KEPT)
def _pieces(
    template: str, shape: tuple[tuple[str, Any], ...], names: tuple[str, ...], ids: tuple[str, ...]
) -> list[str]:
    """HTML, the name of a text or an id, HTML, and so on."""
    marks = {name: MARK.format(name) for name in names}
    id_marks = {name: uuid5(NAMESPACE, name) for name in ids}
    html: str = render_to_string(template, nested({**marks, **id_marks, **dict(shape)}))
    for name, id_mark in id_marks.items():
        html = html.replace(str(id_mark), MARK.format(name))
    return MARKS.split(html)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """The context in which each path of the names finds its value: {"a.b": 1} is {"a": {"b": 1}}."""
    context: dict[str, Any] = {}
    for path, value in values.items():
        *parents, name = path.split(".")
        inside = context
        for parent in parents:
            inside = inside.setdefault(parent, {})
        inside[name] = value
    return {name: _with_lists(value) for name, value in context.items()}


def _with_lists(value: Any) -> Any:
    """A list where the names are the numbers of its entries, from 0."""
    if not isinstance(value, dict) or not value:
        return value
    entries = {name: _with_lists(each) for name, each in value.items()}
    return [*entries.values()] if "0" in entries else entries
