"""What this server can do beyond the platform's page, as `/vlm/v2/capabilities/` shows it."""

from __future__ import annotations

from typing import Any

import annotator
from annotator.api.parsers import MAX_FILES, MAX_FILES_BYTES
from annotator.datasets.models import MAX_OBJECTS, ScriptValues
from annotator.datasets.serializers.samples import INCLUDES
from annotator.paging import MAX_PAGE_SIZE
from annotator.training.backends import BACKENDS, Backend
from annotator.training.backends.parameters import parameters_schema

MAX_ROWS = 1000  # of one call in bulk
CAPABILITIES: dict[str, Any] = {
    "product": "annotator",
    "version": annotator.__version__,
    "api": 2,
    "include": list(INCLUDES),
    "bulk": ["sample", "value", "suggestion", "assignment", "training-image"],
    "max_bulk_rows": MAX_ROWS,
    "max_bulk_files": MAX_FILES,
    "max_bulk_files_bytes": MAX_FILES_BYTES,
    "cursor": True,
    "conditional": True,
    "gzip": True,
    "idempotency_key": True,
    "max_page_size": MAX_PAGE_SIZE,
    "max_objects_per_sample": MAX_OBJECTS,
    "script_values": ScriptValues.values,  # what they are is a setting of each dataset
}


def capabilities() -> dict[str, Any]:
    """All of it; the JSON Schemas of `training_params` depend on the backends of this machine."""
    schemas = {name: parameters_schema(backend.parameters) for name, backend in BACKENDS.items()}
    backends = {name: _availability(backend) for name, backend in BACKENDS.items()}
    return CAPABILITIES | {"training_params": schemas, "backends": backends}


def _availability(backend: Backend) -> dict[str, Any]:
    """Whether it can train here; else why not, and the command that changes it."""
    availability = backend.availability()
    return {
        "label": backend.label,
        "available": availability.ok,
        "reason": availability.reason,
        "command": availability.command,
    }
