"""Which answers of a task of Label Studio count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotator.imports.formats.json_files import is_object, list_of
from annotator.imports.formats.label_studio_values import read_result
from annotator.imports.formats.pictures import is_picture_path


@dataclass
class Given:
    """The answers of a task: those that count, drafts, predictions."""

    live: list[dict[str, Any]]
    drafts: list[dict[str, Any]]
    predictions: list[Any]
    is_skipped: bool


def answers_in(task: dict[str, Any]) -> Given:
    """Sorts a task's answers; cancelled ones don't count."""
    all_given = [each for each in list_of(task, "annotations", "completions") if is_object(each)]
    live = [each for each in all_given if not (each.get("was_cancelled") or each.get("skipped"))]
    return Given(
        live=live,
        drafts=[each for each in list_of(task, "drafts") if is_object(each)],
        predictions=list_of(task, "predictions"),
        is_skipped=len(live) < len(all_given),
    )


def data_of(task: dict[str, Any]) -> dict[str, Any]:
    """The task's data."""
    data = task.get("data")
    return data if isinstance(data, dict) else {}


def same_answers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two annotations say the same."""
    first, second = read_result(one.get("result")), read_result(other.get("result"))
    return (first.values, first.boxes) == (second.values, second.boxes)


def author_of(given: dict[str, Any]) -> str:
    """Who annotated, as the file says it: an id or an e-mail address."""
    by = given.get("completed_by") or given.get("created_username") or ""
    return str(by.get("email") or by.get("id") or "") if isinstance(by, dict) else str(by)


def looks_like_pictures(value: Any) -> bool:
    """Whether a value of a task's data is a picture's address, or a list of such."""
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(
        isinstance(each, str) and (is_picture_path(each) or "/data/upload/" in each)
        for each in values
    )
