"""Findings about the machine: the backend, memory and disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from annotator.training.backends import BACKENDS
from annotator.training.models import Task
from annotator.training.preflight.findings import Preflight

GB = 1e9
LEAST_DISK_GB = 0.2  # below it no run can keep its folder
ROOM_DISK_GB = 1.0
MEMINFO = Path("/proc/meminfo")


def check_machine(result: Preflight, task: Task) -> None:
    """Whether the backend can run here, and whether a base of this size fits (an estimate)."""
    backend = BACKENDS.get(task.backend)
    if backend is None:
        result.blocks(
            f"The backend {task.backend} is not installed here: choose another in the settings."
        )
        return
    availability = backend.availability()
    if not availability.ok:
        result.blocks(f"{backend.label} cannot run here. {availability.advice}")
    base_gb = _base_gb(task)
    full = task.training_params.get("method") == "full"
    _check_disk(
        result, base_gb * (8 if full else 0.5)
    )  # two checkpoints, the archive, a fifth over
    # Weights and activations; all weights have gradients and two moments of the optimizer too.
    _check_memory(result, base_gb * (5 if full else 1.5))


def _base_gb(task: Task) -> float:
    """The weights of the task's base on the disk; 0 where it has none."""
    base = task.training_params.get("base")
    if task.backend != "vlm" or not isinstance(base, str) or not base:
        return 0.0
    folder = Path(settings.BASE_MODELS_DIR) / Path(base).name
    return sum(path.stat().st_size for path in folder.glob("*.safetensors")) / GB


def _check_disk(result: Preflight, needed_gb: float) -> None:
    """Job folders and archives, which may be on two disks."""
    for path in {Path(settings.DATA_DIR), Path(settings.MODELS_ROOT)}:
        present = path if path.exists() else path.parent
        if not present.exists():
            continue
        free_gb = shutil.disk_usage(present).free / GB
        if free_gb < LEAST_DISK_GB:
            result.blocks(f"Only {free_gb:.1f} GB of the disk are free: make room first.")
            return
        if free_gb < max(needed_gb, ROOM_DISK_GB):
            result.informs(
                f"{free_gb:.1f} GB of the disk are free; this training may need"
                f" {max(needed_gb, ROOM_DISK_GB):.1f} GB (an estimate)."
            )
            return


def _check_memory(result: Preflight, needed_gb: float) -> None:
    """Of this machine; a worker on another machine, or a GPU, has its own."""
    free_gb = available_gb()
    if free_gb is not None and free_gb < needed_gb:
        result.informs(
            f"{free_gb:.1f} GB of this machine's memory are free; without a GPU this training may need"
            f" {needed_gb:.1f} GB (an estimate)."
        )


def available_gb() -> float | None:
    """The memory that programs can have; None where the system does not say so (not Linux)."""
    try:
        lines = MEMINFO.read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(fields["MemAvailable"].split()[0]) * 1024 / GB
    except (OSError, KeyError, ValueError):
        return None
