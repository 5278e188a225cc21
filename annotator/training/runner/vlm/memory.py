"""What a run does when memory runs out: it begins again with half the batch, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from annotator.training.runner.job import Job


class OutOfMemory(Exception):
    """The device has too little memory for this run."""


class BatchTooLarge(Exception):
    """The device has too little memory for this batch; half of it may do."""


def batch_and_accumulation(job: Job) -> tuple[int, int]:
    """Samples of a batch, and batches of a step: as asked for, or half of the one and twice the other."""
    batch, accumulation = job.params["batch_size"], job.params["accumulation"]
    return (batch - batch // 2, 2 * accumulation) if job.has_half_batch else (batch, accumulation)


@contextmanager
def memory_errors(job: Job) -> Iterator[None]:
    """Raises BatchTooLarge in place of an error that says that memory ran out, OutOfMemory after that."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
        is_last = job.has_half_batch or job.params["batch_size"] == 1
        raise (OutOfMemory if is_last else BatchTooLarge) from error


# Of a processor; of CUDA, its libraries and Apple's GPUs where torch has no class of its own for it.
SIGNS = ("can't allocate memory", "out of memory", "_STATUS_ALLOC_FAILED")


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out; often it is a plain RuntimeError."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)
