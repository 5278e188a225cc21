"""Archives of versions, without a training."""

import json
import zipfile
from pathlib import Path

from django.conf import settings


def give_archive(version, **files):
    """Store an archive for the version; a file is a text, or rows for a file of JSON lines.

    The names are those of the files with `_` for the point: `predictions_jsonl=[…]`.
    """
    relative = f"{version.pk}.zip"
    path = Path(settings.MODELS_ROOT) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            stem, _, ending = name.rpartition("_")
            archive.writestr(f"{stem}.{ending}", _text(content, ending))
    version.archive = relative
    version.save(update_fields=["archive"])


def _text(content, ending):
    if ending == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in content)
    return content if isinstance(content, str) else json.dumps(content)


def prediction(sample_id, *, expected, values, scores=None, **more):
    """One line; a value is right, with a score of 1, when it equals the expected one."""
    right = {name: float(value == values.get(name)) for name, value in expected.items()}
    return {
        "id": str(sample_id),
        "name": "",
        "expected": expected,
        "values": values,
        "scores": right | (scores or {}),
        **more,
    }
