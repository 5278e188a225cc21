"""Answers in records of Argilla: of people, in either form, and what its settings say of questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from annotator.imports.formats.records import DIFFERENT, Standing

RESPONSES, SUGGESTION = ".responses", ".suggestion"
LEFT_OUT = {"id", "status", "_server_id"}  # of a flat row's fields

Answer = tuple[dict[str, Any], Standing, str, str]  # values by question, standing, user, note


def is_flat(keys: Iterable[str]) -> bool:
    """Whether these are the keys of the flat form: question.responses, question.suggestion."""
    return any(key.endswith((RESPONSES, SUGGESTION)) for key in keys)


def nested(row: dict[str, Any]) -> dict[str, Any]:
    """A flat row as a record. What belongs to no question is a field."""
    names = {key.rpartition(".")[0] for key in row if key.endswith((RESPONSES, SUGGESTION))}
    answers = tuple(name + ending for name in names for ending in (RESPONSES, SUGGESTION))
    fields = {
        key: value
        for key, value in row.items()
        if key not in LEFT_OUT and not key.startswith(answers)
    }
    responses, suggestions = {}, {}
    for name in names:
        values = row.get(name + RESPONSES) or []
        users = row.get(f"{name}{RESPONSES}.users") or []
        states = row.get(f"{name}{RESPONSES}.status") or []
        responses[name] = [
            {"value": value, "user_id": at(users, n), "status": at(states, n)}
            for n, value in enumerate(values if isinstance(values, list) else [])
        ]
        suggestions[name] = {
            "value": row.get(name + SUGGESTION),
            "score": row.get(f"{name}{SUGGESTION}.score"),
            "agent": row.get(f"{name}{SUGGESTION}.agent"),
        }
    return {
        "id": row.get("id"),
        "fields": fields,
        "responses": responses,
        "suggestions": suggestions,
    }


def at(values: Any, place: int) -> Any:
    """The value at a place of a list; None where it ends before."""
    return values[place] if isinstance(values, list) and place < len(values) else None


def answers_of(responses: Any, *, keeps_people: bool) -> Iterator[Answer]:
    """One answer where all who submitted agree, unless `keeps_people`, else one for each person.

    Discarded ones don't count.
    """
    by_user: dict[str, dict[str, Any]] = {}
    states: dict[str, set[str]] = {}
    for name, given in responses.items() if isinstance(responses, dict) else ():
        for each in given if isinstance(given, list) else ():
            if not isinstance(each, dict) or each.get("value") is None:
                continue
            user = str(each.get("user_id") or "")
            states.setdefault(user, set()).add(str(each.get("status") or ""))
            by_user.setdefault(user, {})[name] = each["value"]
    live = {user: values for user, values in by_user.items() if "discarded" not in states[user]}
    is_one = all(values == next(iter(live.values())) for values in live.values())
    is_submitted = all(states[user] == {"submitted"} for user in live)
    for user, values in list(live.items())[: 1 if is_one and not keeps_people else None]:
        standing = Standing.ACCEPTED if is_one and is_submitted else Standing.REVIEW
        note = "" if is_one else DIFFERENT
        yield values, standing, user, note or ("a draft" if "draft" in states[user] else "")


def questions_in(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions of the settings by name."""
    questions = settings.get("questions")
    named = (
        [each for each in questions if isinstance(each, dict)]
        if isinstance(questions, list)
        else []
    )
    return {str(each["name"]): each for each in named if each.get("name")}


def config_of(question: dict[str, Any]) -> dict[str, Any] | None:
    """A variable's configuration, as far as the question says it."""
    inner = question.get("settings")
    rules = inner if isinstance(inner, dict) else question
    options = rules.get("options")
    known = options if isinstance(options, list) else []
    values = [each.get("value") for each in known if isinstance(each, dict)]
    kind = str(rules.get("type", ""))
    required = {"required": True} if question.get("required") is True else {}
    numbers = [value for value in values if isinstance(value, int)]
    if kind == "rating" and numbers:
        return {"type": "integer", "min_value": min(numbers), "max_value": max(numbers)} | required
    choices = [str(value) for value in values if value is not None]
    if kind == "label_selection" and choices:
        return {"type": "string", "choices": choices} | required
    if kind == "multi_label_selection" and choices:
        return {"type": "array", "item_schema": {"type": "string", "choices": choices}} | required
    return {"type": "string"} | required if kind == "text" else None
