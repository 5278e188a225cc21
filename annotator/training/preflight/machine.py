"""Findings about the machine: the backend, memory and disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from annotator.training.backends import BACKENDS, Device
from annotator.training.bases import Base
from annotator.training.models import Task
from annotator.training.preflight.findings import Preflight
from annotator.training.venv import missing

GB = 1e9
LEAST_DISK_GB = 0.2  # below it no run can keep its folder
ROOM_DISK_GB = 1.0
MEMINFO = Path("/proc/meminfo")


def check_machine(result: Preflight, task: Task, base: Base | None) -> None:
    """Whether the backend can run here, on this base if it has one, and whether a run of this size fits."""
    backend = BACKENDS.get(task.backend)
    if backend is None:
        result.blocks(
            f"The backend {task.backend} is not installed here: choose another in the settings."
        )
        return
    availability = backend.availability()
    if not availability.ok:
        result.blocks(f"{backend.label} cannot run here. {availability.advice}")
    elif backend.device != Device.ELSEWHERE and base is not None and (lack := missing(base.extra)):
        result.blocks(f"The base {base.name} {lack}")
    _check_disk(result, result.disk_gb)
    if backend.device != Device.ELSEWHERE:
        _check_memory(result, result.memory_gb)


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
