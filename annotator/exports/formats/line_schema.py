"""What a line of the JSONL export holds, as JSON Schema; it goes into the export."""

from __future__ import annotations

from typing import Any


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), **more}


FILE = _object(
    {
        "name": _text("The file's name when it was sent; empty where it is not known."),
        "path": _text("Its path, with folders and zip; its name where no path is known."),
        "sha256": _text("SHA-256 of the bytes that were sent, in hexadecimal."),
    }
)
PART = _object({"type": {"enum": ["text", "image"]}})
MESSAGE = _object(
    {
        "role": {"enum": ["system", "user", "assistant"]},
        "content": {"type": "array", "items": PART},
    }
)
LINE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "id": _text("The sample's id."),
            "name": _text("The sample's name; empty when it has none."),
            "files": {
                "type": "array",
                "items": FILE,
                "description": "Where each of `images` comes from, in the same order.",
            },
            "labeled_by": _text("Who set the values, with commas; empty where it is not known."),
            "labeled_at": _text("When the last value was set: ISO 8601, UTC; empty if not known."),
            "schema": _text("The version of the dataset's variables."),
            "images": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Files of this archive, links or names, in the order of the user message's "
                "image parts.",
            },
            "messages": {"type": "array", "items": MESSAGE},
        }
    ),
}
