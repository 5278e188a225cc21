"""The platform's addresses, as the fault remote answers them: (status, JSON or bytes) per request."""

from __future__ import annotations

import re
from typing import Any

from tests.fault_platform import Platform

KINDS = {
    "vlm/v2/prompt": "prompts",
    "vlm/v2/task": "tasks",
    "vlm/v2/dataset": "datasets",
    "vlm/v2/variable": "variables",
    "vlm/v2/sample": "samples",
    "vlm/v2/model": "models",
    "recognition/v2/training-image": "images",
    "detection/v2/label": "labels",
    "detection/v2/object": "objects",
}
FILTERS = ("dataset", "type", "task", "image", "test")
ADDRESS = re.compile(r"/(\w+/v2/[\w-]+)(?:/([0-9a-f-]{36}))?(?:/([a-z-]+))?/?$")
NOT_FOUND = (404, {"detail": "Not found."})
Reply = tuple[int, Any]


def answer(
    platform: Platform, method: str, path: str, query: dict, body: dict, *, base: str
) -> Reply:
    """One request on the platform; whoever may not ask has been sent away before."""
    if path.startswith("/media/"):
        picture = platform.pictures.get(path.removeprefix("/media/").removesuffix(".jpg"))
        return (200, picture) if picture else NOT_FOUND
    if path.startswith("/archive/"):
        return 200, b"PK\x05\x06" + bytes(18)  # an empty zip file
    if path.rstrip("/") == "/account/v2/user":
        return 200, {"id": 1, "username": platform.username, "workspace": platform.workspace}
    if path.rstrip("/") == "/vlm/v2/capabilities" and platform.announces is not None:
        said = {"product": "annotator", "version": "1", "include": platform.announces}
        return 200, {**said, "cursor": platform.announces_cursor}
    match = ADDRESS.match(path)
    if not match or match[1] not in KINDS:
        return NOT_FOUND
    kind, row_id, verb = KINDS[match[1]], match[2], match[3]
    table = getattr(platform, kind)
    if row_id is None:
        if method == "GET":
            return _list(platform, kind, path, query, base)
        return _create(platform, kind, body, base)
    if row_id not in table:
        return NOT_FOUND
    if verb:
        return _act(platform, method, kind, table[row_id], verb, body, base)
    return _one(platform, method, kind, table[row_id], body, base)


def _list(platform: Platform, kind: str, path: str, query: dict, base: str) -> Reply:
    rows = [
        row
        for row in getattr(platform, kind).values()
        if all(str(row.get(name)) == query[name] for name in FILTERS if name in query)
        and query.get("search", "").lower() in (row.get("name") or "").lower()
    ]
    size = min(int(query.get("page_size", 20)), platform.max_page_size)
    page = int(query.get("page", 1))
    start = (page - 1) * size
    if start and start >= len(rows):
        return 404, {"detail": "Invalid page."}
    more = start + size < len(rows)
    asked = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
    include = [name for name in query.get("include", "").split(",") if name]
    include = [name for name in include if name in (platform.announces or [])]
    shown = [platform.show(kind, row, base, whole=False, include=include) for row in rows]
    return 200, {
        "count": len(rows),
        # A vendor's habit: the host that its own server believes in, not the one that was called.
        "next": f"http://localhost/api{path}?{asked}&page={page + 1}" if more else None,
        "previous": None,
        "results": shown[start : start + size],
    }


def _create(platform: Platform, kind: str, body: dict, base: str) -> Reply:
    fields = {name: value for name, value in body.items() if name not in ("id", "workspace")}
    match kind:
        case "images":
            made = platform.upload(fields["base64"])
            if isinstance(made, str):
                return 400, {"detail": f"Image with image ID: {made} already exists."}
        case "samples":
            made = platform.add_sample(fields.pop("dataset"), **fields)
        case "datasets":
            made = platform.add_dataset(**fields)
        case "tasks":
            made = platform.add_task(fields["name"])
            made.update(fields)
        case _:
            made = platform.add(kind, **fields)
    return 201, platform.show(kind, made, base, whole=True, include=[])


def _one(platform: Platform, method: str, kind: str, row: dict, body: dict, base: str) -> Reply:
    if method == "DELETE":
        del getattr(platform, kind)[row["id"]]
        return 204, None
    if method in ("PATCH", "PUT"):
        merged = row.get("input_meta_data", {}) | body.get("input_meta_data", {})
        row.update({name: value for name, value in body.items() if name not in ("id", "workspace")})
        if "input_meta_data" in body:
            row["input_meta_data"] = merged
    return 200, platform.show(kind, row, base, whole=True, include=[])


def _act(
    platform: Platform, method: str, kind: str, row: dict, verb: str, body: dict, base: str
) -> Reply:
    match kind, verb:
        case "samples", "sample-images":
            return 200, platform.show_sample_images(row["id"], base)
        case "samples", "sample-objects":
            return 200, platform.show_sample_objects(row["id"], base)
        case "models", "request-download":
            return 200, {"download_url": f"{base}/archive/{row['id']}.zip"}
    action = ACTIONS.get((kind, verb))
    if action is None:
        return NOT_FOUND
    if method != "POST":
        return 405, {"detail": f'Method "{method}" not allowed.'}
    return action(platform, row, body)


def _set_value(platform: Platform, sample: dict, body: dict) -> Reply:
    variable = platform.variables.get(body.get("dataset_variable"))
    if variable is None or variable["dataset"] != sample["dataset"]:
        return 400, {"dataset_variable": ["This variable is not one of the sample's dataset."]}
    value = body.get("value")
    if not isinstance(value, dict) or value.keys() != {"value"}:
        return 400, {"value": ["Expected an object with the key value."]}
    platform.values[sample["id"], variable["id"]] = value
    return 200, {"variable": variable["id"], "value": value["value"]}


def _add_images(platform: Platform, sample: dict, body: dict) -> Reply:
    if not all(image_id in platform.images for image_id in body["image_ids"]):
        return NOT_FOUND
    for image_id in body["image_ids"]:
        platform.attach_image(sample["id"], image_id)
    return 200, {"added": len(body["image_ids"])}


def _add_objects(platform: Platform, sample: dict, body: dict) -> Reply:
    ids = body["detection_object_ids"]
    if len(platform.sample_objects.get(sample["id"], [])) + len(ids) > 10:
        return 400, {"detail": "A sample can have at most 10 detection objects."}
    for object_id in ids:
        platform.attach_object(sample["id"], object_id)
    return 200, {"added": len(ids)}


def _remove_objects(platform: Platform, sample: dict, body: dict) -> Reply:
    places = platform.sample_objects.get(sample["id"], [])
    ids = body["detection_object_ids"]
    kept = [place for place in places if place["detection_object_id"] not in ids]
    platform.sample_objects[sample["id"]] = kept
    return 200, {"removed": len(places) - len(kept)}


def _set_test(platform: Platform, sample: dict, body: dict) -> Reply:
    sample["test"] = True
    return 200, None


def _set_untest(platform: Platform, sample: dict, body: dict) -> Reply:
    sample["test"] = False
    return 200, None


def _train(platform: Platform, task: dict, body: dict) -> Reply:
    platform.trainings[task["id"]] = platform.trainings.get(task["id"], 0) + 1
    return 200, None


def _add_dataset(platform: Platform, task: dict, body: dict) -> Reply:
    task["datasets"] = list(dict.fromkeys([*task["datasets"], body["dataset_id"]]))
    return 200, None


def _remove_dataset(platform: Platform, task: dict, body: dict) -> Reply:
    task["datasets"] = [d for d in task["datasets"] if d != body["dataset_id"]]
    return 200, None


ACTIONS = {
    ("samples", "add-variable-value"): _set_value,
    ("samples", "add-images"): _add_images,
    ("samples", "add-objects"): _add_objects,
    ("samples", "remove-objects"): _remove_objects,
    ("samples", "set-test"): _set_test,
    ("samples", "set-untest"): _set_untest,
    ("tasks", "train"): _train,
    ("tasks", "add-dataset"): _add_dataset,
    ("tasks", "remove-dataset"): _remove_dataset,
}
