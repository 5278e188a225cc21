"""Request bodies that the documentation shows as examples, by the view's noun and the action."""

from __future__ import annotations

from typing import Any

ID = "3f2c1b0a-9d8e-4f7a-8b6c-5d4e3f2a1b0c"

REQUEST_EXAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("a prompt", "create"): {
        "name": "Grade a card",
        "type": "user",
        "content": "Grade the trading card in the image[s]. It is sold as {{category}}.",
    },
    ("a prompt", "partial_update"): {"content": "Grade the trading card. Be strict."},
    ("a task", "create"): {"name": "Card grading", "max_tokens": 1000, "datasets": [ID]},
    ("a task", "partial_update"): {"user_prompt_id": ID},
    ("a task", "add_dataset"): {"dataset_id": ID},
    ("a task", "remove_dataset"): {"dataset_id": ID},
    ("a dataset", "create"): {
        "name": "Graded cards",
        "default_input_meta_data": {"category": "sports"},
        "result_template_id": ID,
    },
    ("a dataset", "partial_update"): {"description": "Front and back, one sample per card."},
    ("a variable", "create"): {
        "dataset": ID,
        "name": "grade",
        "type": "float",
        "required": True,
        "min_value": 1,
        "max_value": 10,
        "step_size": 0.5,
    },
    ("a variable", "partial_update"): {"choices": "mint,near_mint,good"},
    ("a sample", "create"): {"dataset": ID, "name": "Card 17", "test": False},
    ("a sample", "partial_update"): {"input_meta_data": {"category": "games"}},
    ("a sample", "add_images"): {"image_ids": [ID]},
    ("a sample", "remove_images"): {"image_ids": [ID]},
    ("a sample", "reorder_images"): {"image_ids": [ID]},
    ("a sample", "add_objects"): {"detection_object_ids": [ID]},
    ("a sample", "remove_objects"): {"detection_object_ids": [ID]},
    ("a sample", "add_variable_value"): {"dataset_variable": ID, "value": {"value": 8.5}},
    ("a sample", "remove_variable_value"): {"dataset_variable": ID},
    ("an export", "create"): {
        "dataset": ID,
        "format": "trl",
        "select": "states=approved&test_percent=20&seed=1",
    },
    ("rows in bulk", "samples"): {
        "dataset": ID,
        "samples": [{"name": "Card 17", "image_ids": [ID], "values": {"grade": 8.5}}],
    },
    ("rows in bulk", "values"): {
        "values": [{"sample": ID, "dataset_variable": ID, "value": 8.5}],
        "all_or_nothing": True,
    },
    ("suggestions", "propose"): {
        "source": "edge detector",
        "version": "3",
        "suggestions": [
            {"sample": ID, "values": {"grade": 8.5}, "confidence": {"grade": 0.93}},
        ],
    },
    ("assignments", "assign"): {
        "assignments": [
            {"sample": ID, "assignees": [7], "due_on": "2026-01-16"},
            {"sample": ID, "assignees": []},
        ],
    },
    ("a comment", "create"): {"sample": ID, "variable": ID, "text": "Is the edge bent? @anna"},
    ("an image's place in a sample", "partial_update"): {"text": "the front", "order": 0},
    ("an object's place in a sample", "partial_update"): {"text": "bent", "order": 1},
    ("a sample", "reorder_objects"): {"detection_object_ids": [ID]},
    ("images in bulk", "upload_many"): {
        "images": [{"base64": "/9j/4AAQ…", "name": "17-front.jpg", "meta_data": {"shelf": 3}}]
    },
    ("an image", "update_many"): {"images": [ID], "mark-test": True},
    ("an image", "create"): {"base64": "data:image/jpeg;base64,/9j/4AAQ…", "meta_data": {}},
    ("an image", "partial_update"): {"meta_data": {"shelf": 3}},
    ("a detection label", "create"): {"name": "car", "color": "#FF0000"},
    ("a detection label", "partial_update"): {"color": "#00AA88"},
    ("the account", "authorize"): {"service": "vlm"},
    ("a detection object", "partial_update"): {"data": [100, 150, 410, 350]},
    ("a detection object", "create"): {
        "image": ID,
        "detection_label": ID,
        "data": [100, 150, 400, 350],
    },
}
