"""Writes what the archive holds of the model: adapter or weights, processor, template. No path of here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from annotator.training.runner.vlm.base import Loaded
from annotator.training.runner.vlm.tiny import COMPLETE

BASE = "base"  # the folder of the archive that a base made on the spot is in
MERGED = "merged"
ABOUT = "about.json"  # the base, its weights, the libraries and the device
PATH_KEYS = ("base_model_name_or_path", "_name_or_path")


def save(base: Loaded, model: Any, job_folder: Path, *, merged: bool) -> None:
    """Fill the job's model/; an adapter's base that exists nowhere else comes along."""
    folder = job_folder / "model"
    shutil.rmtree(folder, ignore_errors=True)
    is_adapter = hasattr(model, "peft_config")
    model.save_pretrained(folder, safe_serialization=True)
    _save_processor(base, folder)
    if is_adapter and base.is_tiny:
        shutil.copytree(base.folder, folder / BASE)
        (folder / BASE / COMPLETE).unlink()
    if is_adapter and merged:
        model.merge_and_unload().save_pretrained(folder / MERGED)
        _save_processor(base, folder / MERGED)
    for path in folder.rglob("*.json"):
        _name_base(path, base)
    shutil.copy(job_folder / ABOUT, folder / ABOUT)
    (folder / "README.md").unlink(missing_ok=True)  # peft's: the card takes its place


def _save_processor(base: Loaded, folder: Path) -> None:
    """The image processor also apart: loaders look for preprocessor_config.json, which the whole lacks."""
    base.processor.save_pretrained(folder)
    base.processor.image_processor.save_pretrained(folder)


def _name_base(path: Path, base: Loaded) -> None:
    """Put the base's name where the path is that it was read from, and an adapter's revision of it."""
    content = json.loads(path.read_text())
    if not isinstance(content, dict) or not any(content.get(key) for key in PATH_KEYS):
        return
    content |= {key: base.public_name for key in PATH_KEYS if content.get(key)}
    if "revision" in content and base.source:
        content["revision"] = base.source["revision"]
    path.write_text(json.dumps(content, indent=2))
