"""Every address of the API with its methods, read from the URLconf: a new one is tested by being there."""

from annotator.accounts.checks import all_patterns
from annotator.api.routes import UUID

VERBS = ("get", "head", "post", "put", "patch", "delete", "options")


def api_routes():
    """(name without its namespace, pattern) of each address of the API's kinds."""
    return [
        (name.removeprefix("api:"), pattern)
        for _, pattern, name in all_patterns()
        if name.startswith("api:") and hasattr(pattern.callback, "actions")
    ]


def address(pattern, pk, *, slash=True):
    """The pattern's address with an id in it."""
    route = str(pattern.pattern).removeprefix("^").removesuffix("/?$")
    return "/" + route.replace(f"(?P<pk>{UUID})", str(pk)) + ("/" if slash else "")


def served():
    """(name, pattern, method, action) of everything that is served."""
    return [
        (name, pattern, method, pattern.callback.cls.action_for[act])
        for name, pattern in api_routes()
        for method, act in pattern.callback.actions.items()
        if method != "head"
    ]


def noun(name):
    """`sample-add-images`, `sample-list` and `sample` are about samples."""
    return name.split("-")[0]
