"""Addresses with and without the trailing slash, for every method, without a redirect."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, re_path

from annotator.api.http import conditional_gzip

UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
LIST = {"get": "list", "post": "create"}
DETAIL = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}


def route(path: str, view: Any, methods: dict[str, str], *, name: str) -> URLPattern:
    """One address; `{pk}` in `path` stands for an id."""
    pattern = path.replace("{pk}", f"(?P<pk>{UUID})")
    return re_path(rf"^{pattern}/?$", conditional_gzip(view.as_view(methods)), name=name)


def resource_routes(path: str, view: Any, *, name: str, put: bool = False) -> list[URLPattern]:
    """The addresses of a list and of its rows, with the methods for which `view` names an action.

    `put`: PUT changes what is given, exactly as PATCH does (the platform's client sends it so).
    """
    served = view.action_for
    on_list = {method: action for method, action in LIST.items() if action in served}
    return [
        route(path, view, on_list, name=f"{name}-list"),
        row_route(path, view, name=name, put=put),
    ]


def row_route(path: str, view: Any, *, name: str, put: bool = False) -> URLPattern:
    """The address of one row, with the methods for which `view` names an action; `put` as above."""
    methods = {method: action for method, action in DETAIL.items() if action in view.action_for}
    if put:
        methods["put"] = methods["patch"]
    return route(path + "/{pk}", view, methods, name=name)


def action_routes(path: str, view: Any, *, name: str, **methods: str) -> list[URLPattern]:
    """Addresses below a row, one for each verb: add_images="post" is at `…/{pk}/add-images`."""
    return [
        route(
            f"{path}/{{pk}}/{verb.replace('_', '-')}",
            view,
            {method: verb},
            name=f"{name}-{verb.replace('_', '-')}",
        )
        for verb, method in methods.items()
    ]
