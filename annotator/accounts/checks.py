"""A system check: the server does not start when a view does not say who may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.urls import URLPattern, get_resolver

# Views of libraries; each checks permissions itself.
TRUSTED_MODULES = ("allauth.account.views", "drf_spectacular.views", "rest_framework.routers")
METHODS = ("get", "post", "put", "patch", "delete")


def all_patterns(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern, str]]:
    """(route, pattern, name with its namespace) of every address there is."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry, entry.name or ""
        else:
            space = f"{entry.namespace}:" if entry.namespace else ""
            for inner_route, inner, name in all_patterns(entry.url_patterns, route):
                yield inner_route, inner, space + name


def view_class(callback: Any) -> Any:
    """The class behind a class-based view, None for a function."""
    return getattr(callback, "cls", None) or getattr(callback, "view_class", None)


def is_trusted(callback: Any) -> bool:
    """Whether the view belongs to a library that checks permissions itself."""
    return (view_class(callback) or callback).__module__ in TRUSTED_MODULES


def names_its_actions(callback: Any) -> bool:
    """A page has `action`; an API view has an entry in `action_for` for each of its methods."""
    cls = view_class(callback)
    if cls is None:
        return hasattr(callback, "action")
    action_for = getattr(cls, "action_for", None)
    if action_for is None:
        return hasattr(cls, "action") or hasattr(callback, "action")
    served = getattr(callback, "actions", None) or {name: name for name in METHODS}
    handlers = {name for name, handler in served.items() if hasattr(cls, handler)}
    named = {key.lower() for key in action_for} | {str(key) for key in action_for}
    return all(name in named or served[name] in named for name in handlers)


def every_view_names_its_action(**kwargs: Any) -> list[CheckMessage]:
    """An error for each view that says neither `allow`, `public` nor `action_for`."""
    return [
        Error(
            f"The view at /{route} does not say who may use it.",
            hint="Put @allow(Action.…) or @public on it, or give the API view `action_for`.",
            obj=view_class(pattern.callback) or pattern.callback,
            id="accounts.E001",
        )
        for route, pattern, _ in all_patterns()
        if not is_trusted(pattern.callback) and not names_its_actions(pattern.callback)
    ]
