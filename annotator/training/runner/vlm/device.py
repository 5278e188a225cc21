"""What this process computes on, and how exactly."""

from __future__ import annotations

from typing import Any

import psutil
import torch

GB = 1e9


def device_name() -> str:
    """cuda, mps or cpu."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def computes_bfloat16() -> bool:
    """Whether bfloat16 is quicker than float32 here. float16 is never used: Gemma overflows in it."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_capability()[0] >= 8
    return device_name() == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def memory_gb() -> float:
    """What the training holds: of the GPU its highest so far, else of this process now."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / GB
    return psutil.Process().memory_info().rss / GB


def describe() -> dict[str, Any]:
    """For people."""
    free = psutil.virtual_memory().available / GB
    about: dict[str, Any] = {
        "device": device_name(),
        "bfloat16": "yes" if computes_bfloat16() else "no",
        "memory": f"{free:.1f} GB free of {psutil.virtual_memory().total / GB:.1f} GB",
        "threads": torch.get_num_threads(),
    }
    for number in range(torch.cuda.device_count()):
        of_gpu, total = torch.cuda.mem_get_info(number)
        name = torch.cuda.get_device_name(number)
        about[f"gpu {number}"] = f"{name}, {of_gpu / GB:.1f} GB free of {total / GB:.1f} GB"
    return about
