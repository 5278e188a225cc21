"""Responses and errors that the documentation shows as examples, by the id of the operation."""

from __future__ import annotations

from typing import Any

from annotator.api.capabilities import capabilities
from annotator.api.documentation.examples import ID

WORKSPACE = "748e50e4-d081-4924-b9e7-f500aac6a71d"
HOST = "https://annotator.example"
CREATED_AT = "2025-12-17T14:59:34.529951Z"
IMAGE_URL = f"{HOST}/images/{ID}"
Row = dict[str, Any]

PROMPT: Row = {
    "id": ID,
    "name": "Grade a card",
    "description": "",
    "content": "Grade the trading card in the image[s]. It is sold as {{category}}.",
    "type": "user",
    "format": None,
    "workspace": WORKSPACE,
}
TASK: Row = {
    "id": ID,
    "name": "Card grading",
    "created": CREATED_AT,
    "description": "",
    "auto_deploy": True,
    "production_version": 1,
    "last_version": 2,
    "max_tokens": 1000,
    "datasets": [ID],
    "dataset_count": 1,
    "training_params": {},
    "training_time": 180,
    "system_prompt_id": None,
    "user_prompt_id": ID,
    "system_prompt": None,
    "user_prompt": "Grade the trading card.",
    "workspace": WORKSPACE,
}
DATASET: Row = {
    "id": ID,
    "name": "Graded cards",
    "description": "Front and back, one sample per card.",
    "version": "2025-12-21",
    "created_date": CREATED_AT,
    "result_format": "json",
    "default_input_meta_data": {"category": "sports"},
    "meta_data": {},
    "samples_count": 150,
    "variables_count": 2,
    "system_prompt_id": None,
    "user_prompt_id": ID,
    "result_template_id": ID,
    "system_prompt": None,
    "user_prompt": "Grade the trading card.",
    "result_template": '{"grade": {{grade}}}',
    "workspace": WORKSPACE,
}
VARIABLE: Row = {
    "id": ID,
    "dataset": ID,
    "dataset_name": "Graded cards",
    "name": "grade",
    "type": "float",
    "required": True,
    "description": "In halves.",
    "min_value": 1,
    "max_value": 10,
    "step_size": 0.5,
}
CONFIG = ["id", "type", "required", "description", "min_value", "max_value", "step_size"]
VALUE: Row = {"id": ID, "variable": ID, "variable_name": "grade", "value": 8.5}
SAMPLE_ROW: Row = {
    "id": ID,
    "dataset": ID,
    "dataset_name": "Graded cards",
    "test": False,
    "name": "Card 17",
    "description": None,
    "type": "multi_random",
    "created_date": CREATED_AT,
    "result_template": '{"grade": {{grade}}}',
    "user_prompt": "Grade the trading card.",
    "input_meta_data": {"category": "sports"},
    "meta_data": {},
    "images_count": 1,
    "objects_count": 0,
    "variables_count": 1,
    "workspace": WORKSPACE,
}
SAMPLE: Row = {
    **SAMPLE_ROW,
    "sample_variables": [VALUE],
    "dataset_variables_config": {"grade": {name: VARIABLE[name] for name in CONFIG}},
}
SAMPLE_IMAGE: Row = {
    "id": ID,
    "image_id": ID,
    "img_path": f"{IMAGE_URL}/original/9f86d081.jpg",
    "thumb": f"{IMAGE_URL}/thumb/9f86d081.webp",
    "text": "the front",
    "order": 0,
    "resize": None,
    "meta_data": {},
    "workspace": WORKSPACE,
}
SAMPLE_OBJECT: Row = {
    "id": ID,
    "detection_object_id": ID,
    "image_id": ID,
    "image_url": f"{IMAGE_URL}/original/9f86d081.jpg",
    "thumb_url": f"{HOST}/images/crop/{ID}/60303ae2.webp",
    "label_name": "corner",
    "label_color": "#FF0000",
    "bbox": [100, 150, 400, 350],
    "text": None,
    "order": 0,
    "meta_data": {},
    "workspace": WORKSPACE,
}
MODEL: Row = {
    "id": ID,
    "task": ID,
    "task_name": "Card grading",
    "version": 2,
    "created": CREATED_AT,
    "production": False,
    "metrics": {"grade": {"mean_error": 0.4}},
    "training_time": 180,
    "archive_bytes": 1048576,
    "workspace": WORKSPACE,
}
RUN: Row = {
    "id": ID,
    "task": ID,
    "task_name": "Card grading",
    "backend": "vlm",
    "state": "training",
    "created": CREATED_AT,
    "started": CREATED_AT,
    "ended": None,
    "step": 120,
    "steps": 300,
    "message": "8.2 samples a second",
    "error": "",
    "params": {"base": "tiny", "epochs": 3.0},
    "samples": {"train": 100, "test": 20, "excluded": 1},
    "can_resume": False,
    "version": None,
    "model": None,
    "workspace": WORKSPACE,
}
PREDICTION: Row = {
    "id": ID,
    "name": "Card 1",
    "expected": {"grade": 8.5},
    "values": {"grade": 8.0},
    "scores": {"grade": 0.95},
    "confidence": {"grade": 0.91},
    "problems": {},
    "repairs": [],
    "raw": '{"grade": 8.0}',
    "tokens": 9,
    "seconds": 0.4,
    "is_cut": False,
}
IMAGE: Row = {
    "id": ID,
    "created": CREATED_AT,
    "img_path": f"{IMAGE_URL}/original/9f86d081.jpg",
    "thumb_img_path": f"{IMAGE_URL}/thumb/9f86d081.webp",
    "img_width": 1200,
    "img_height": 900,
    "test_image": False,
    "meta_data": {"shelf": 3},
    "labels": [],
    "workspace": WORKSPACE,
}
LABEL: Row = {
    "id": ID,
    "name": "corner",
    "description": "",
    "color": "#FF0000",
    "output_name": "",
    "workspace": WORKSPACE,
}
OBJECT: Row = {
    "id": ID,
    "image": ID,
    "detection_label": LABEL,
    "data": [100, 150, 400, 350],
    "meta_data": {},
    "recognition_labels": [],
    "workspace": WORKSPACE,
}
MEMBERSHIP: Row = {"id": WORKSPACE, "name": "Studio", "role": "admin", "default": True}


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
    **resource_examples("model", MODEL),
    "model_request_download": {
        "download_url": f"{HOST}/vlm/v2/model-archive/SIGNED/card-grading-2.zip"
    },
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
