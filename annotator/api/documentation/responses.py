"""Responses and errors that the documentation shows as examples, by the id of the operation."""

from __future__ import annotations

from typing import Any

from annotator.api.capabilities import capabilities
from annotator.api.documentation.examples import ID
from annotator.api.documentation.figures import DATASET_FIGURES, PERSON_FIGURES
from annotator.api.documentation.rows import (
    CARD,
    COMMENT,
    COMPARISON,
    CREATED_AT,
    DATASET,
    EXPORT,
    HOST,
    IMAGE,
    LABEL,
    MEMBERSHIP,
    MODEL,
    OBJECT,
    PREDICTION,
    PROMPT,
    RUN,
    SAMPLE,
    SAMPLE_IMAGE,
    SAMPLE_OBJECT,
    SAMPLE_ROW,
    SNAPSHOT,
    TASK,
    VALUE,
    VARIABLE,
    WORKSPACE,
    Row,
)


def list_example(row: Row) -> Row:
    """The first page of a list with this one row."""
    return {"count": 1, "next": None, "previous": None, "results": [row]}


def resource_examples(name: str, row: Row, *, in_list: Row | None = None) -> dict[str, Any]:
    """The responses of the operations on one table's rows."""
    actions = ("create", "retrieve", "partial_update", "replace")
    return {f"{name}_list": list_example(in_list or row)} | {
        f"{name}_{action}": row for action in actions
    }


RESPONSE_EXAMPLES: dict[str, Any] = {
    **resource_examples(
        "prompt", PROMPT, in_list={k: v for k, v in PROMPT.items() if k != "content"}
    ),
    **resource_examples("task", TASK),
    "task_add_dataset": TASK,
    "task_remove_dataset": {**TASK, "datasets": [], "dataset_count": 0},
    "task_train": {"id": ID, "task": ID, "state": "queued"},
    **resource_examples("run", RUN),
    "run_curve": {"curves": {"loss of training": [[1, 5.8], [2, 5.1]]}},
    "run_predictions": list_example(PREDICTION),
    "run_cancel": RUN,
    "run_end_early": RUN,
    "run_resume": {**RUN, "state": "queued", "step": 0, "steps": 0, "message": ""},
    **resource_examples("export", EXPORT),
    **resource_examples("snapshot", SNAPSHOT),
    "export_cancel": {**EXPORT, "state": "cancelled", "ended": CREATED_AT},
    "export_request_download": {
        "download_url": f"{HOST}/exports/archive/SIGNED/graded-cards-trl.zip"
    },
    **resource_examples("model", MODEL),
    "model_request_download": {
        "download_url": f"{HOST}/vlm/v2/model-archive/SIGNED/card-grading-2.zip"
    },
    "model_card": {"card": CARD},
    "model_compare": COMPARISON,
    **resource_examples("dataset", DATASET),
    **resource_examples("variable", VARIABLE),
    **resource_examples("sample", SAMPLE, in_list=SAMPLE_ROW),
    **resource_examples("sample_image", SAMPLE_IMAGE),
    **resource_examples("sample_object", SAMPLE_OBJECT),
    "sample_sample_images": [SAMPLE_IMAGE],
    "sample_sample_objects": [SAMPLE_OBJECT],
    "sample_reorder_images": [SAMPLE_IMAGE],
    "sample_reorder_objects": [SAMPLE_OBJECT],
    "sample_add_images": {"added": 1},
    "sample_add_objects": {"added": 1},
    "sample_remove_images": {"removed": 1},
    "sample_remove_objects": {"removed": 1},
    "sample_add_variable_value": {**VALUE, "rev": 1},
    "sample_remove_variable_value": {"removed": 1},
    "sample_set_test": {"id": ID, "test": True},
    "sample_set_untest": {"id": ID, "test": False},
    "sample_samples": {
        "done": 1,
        "failed": 1,
        "results": [
            {"index": 0, "id": ID},
            {"index": 1, "grade": ["Give 10 or less."], "detail": "grade: Give 10 or less."},
        ],
    },
    "value_values": {"done": 1, "failed": 0, "results": [{"index": 0, "id": ID, "rev": 1}]},
    "suggestion_propose": {
        "done": 2,
        "failed": 1,
        "results": [
            {"index": 0, "id": ID, "changed": 1, "unchanged": 0, "invalid": {}},
            {
                "index": 1,
                "id": ID,
                "changed": 1,
                "unchanged": 0,
                "invalid": {"grade": "Give 10 or less."},
            },
            {"index": 2, "detail": "The sample's dataset has no variable colour."},
        ],
    },
    "assignment_assign": {
        "done": 1,
        "failed": 1,
        "results": [
            {"index": 0, "id": ID, "changed": True},
            {"index": 1, "detail": "Anna Lind has this sample open: ask them for it, or wait."},
        ],
    },
    "comment_list": list_example(COMMENT),
    "comment_create": COMMENT,
    "dataset_figures": DATASET_FIGURES,
    "figures_person": PERSON_FIGURES,
    **resource_examples("training_image", IMAGE),
    "training_image_upload_many": {
        "done": 2,
        "failed": 1,
        "results": [
            {"index": 0, "id": ID, "exists": False},
            {"index": 1, "id": ID, "exists": True},
            {"index": 2, "detail": "This is not an image we can read: the file is empty."},
        ],
    },
    "training_image_update_many": {"updated": 1},
    **resource_examples("label", LABEL),
    **resource_examples("object", OBJECT),
    "user_me": {
        "id": 7,
        "username": "anna",
        "email": "anna@annotator.example",
        "first_name": "Anna",
        "last_name": "Lind",
        "workspace": WORKSPACE,
        "role": "admin",
        "scope": "manage",
    },
    "workspace_list": list_example(MEMBERSHIP),
    "capabilities_capabilities": capabilities(),
    "authorize_authorize": {"user_id": 7, "workspace": WORKSPACE},
}

# By status; a 400 depends on the operation.
ERROR_EXAMPLES: dict[int, Row] = {
    401: {"detail": "Invalid token."},
    403: {"detail": "Your role, or the scope of your token, does not allow this."},
    404: {"detail": "There is no such workspace, or you are not in it."},
    409: {"detail": "The first call with this Idempotency-Key is still under way."},
    413: {"detail": "The body is too large: the limit is 2,000,000 bytes."},
    415: {"detail": 'Unsupported media type "text/plain" in request.'},
    422: {"detail": "This Idempotency-Key came with another call before. Use a new one."},
    429: {"detail": "Request was throttled. Expected available in 30 seconds."},
    503: {"detail": "The database is busy. Try again soon."},
    507: {"detail": "The disk is full. Nothing was stored."},
}
BAD_REQUESTS: dict[str, Row] = {
    "training_image_create": {
        "detail": f"The image ID: {ID} already exists in this workspace.",
    },
    "sample_add_objects": {
        "detail": "A sample can have at most 10 detection objects: it has 9, 2 more were asked for."
    },
    "sample_add_variable_value": {
        "grade": ["Give 10 or less."],
        "detail": "grade: Give 10 or less.",
    },
}
LIST_ERROR = {"created_after": ["This is not a time: write 2025-12-17T14:59:34Z."]}


def bad_request_example(operation: str, required: list[str]) -> Row:
    """A 400 of this operation; `required` names the required fields of its body."""
    if operation in BAD_REQUESTS:
        return BAD_REQUESTS[operation]
    if required:
        fields = {required[0]: ["This field is required."]}
    elif operation.endswith("_list"):
        fields = LIST_ERROR
    else:
        return {"detail": "The body is not valid JSON: Expecting value: line 1 column 1 (char 0)"}
    name, messages = next(iter(fields.items()))
    return {**fields, "detail": f"{name}: {messages[0]}"}
