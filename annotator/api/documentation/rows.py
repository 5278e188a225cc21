"""Rows that the documentation shows as examples, one of each table."""

from __future__ import annotations

from typing import Any

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
    "assignees": [7],
    "due_on": "2026-01-16",
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
CARD: Row = {
    "task": "Card grading",
    "version": 2,
    "backend": "vlm",
    "base": {"name": "smolvlm", "revision": "0123456789abcdef0123456789abcdef01234567"},
    "params": {"method": "lora", "epochs": 3.0},
    "data": {"train": 100, "test": 20, "excluded": 1, "hash": "9f86d081"},
    "score": 0.94,
}
COMPARISON: Row = {
    "before": ID,
    "after": ID,
    "common": 20,
    "only_before": 0,
    "only_after": 2,
    "is_cut": False,
    "variables": [
        {
            "name": "grade",
            "n": 20,
            "won": 6,
            "lost": 0,
            "same": 12,
            "both_wrong": 2,
            "changed": 0,
            "before": 0.81,
            "after": 0.94,
            "interval": [0.03, 0.24],
            "probability": 0.031,
            "verdict": "better",
        }
    ],
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
EXPORT: Row = {
    "id": ID,
    "dataset": ID,
    "dataset_name": "Graded cards",
    "format": "trl",
    "select": "seed=1&states=approved&test_percent=20",
    "snapshot": None,
    "state": "running",
    "created": CREATED_AT,
    "ended": None,
    "expires": None,
    "total": 10000,
    "done": 5000,
    "seconds_left": 2.5,
    "samples": {"train": 4000, "test": 995, "left_out": 5},
    "size_bytes": 0,
    "sha256": "",
    "error": "",
    "workspace": WORKSPACE,
}
SNAPSHOT: Row = {
    "id": ID,
    "dataset": ID,
    "dataset_name": "Graded cards",
    "name": "Before the second round",
    "select": "states=approved",
    "created": CREATED_AT,
    "samples": 10000,
    "schema": "0f733f441b881e6a",
    "sha256": "1324868e27f600470f2a8150cecb02f559d78a8b797ec1822711fa36f96c64ea",
    "made_by": "hand",
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
COMMENT: Row = {
    "id": 12,
    "sample": ID,
    "variable": ID,
    "author": 7,
    "text": "Is the edge bent? @anna",
    "created": CREATED_AT,
}
