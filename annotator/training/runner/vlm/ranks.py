"""Several processes that train one model together, each on a GPU of its own.

The first is the child that the worker started: it alone writes events, evaluates and saves. It starts the
others with the variables that torchrun sets; under torchrun itself nothing is started. Needs no torch: each
process sees its own GPU alone from the beginning.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from annotator.training.runner.job import Job

PROGRAM = "annotator.training.runner.vlm"
VISIBLE, DEVICE = "CUDA_VISIBLE_DEVICES", "DEVICE_OF_FIRST"
GIVEN = os.environ.get(VISIBLE)  # the GPUs of all, with commas; None: all that there are
# Exit codes.
NO_GPU, NO_MEMORY, BATCH_TOO_LARGE = 78, 79, 80
MEMORY_ADVICE = (
    "Out of memory, also with half the batch. Choose a batch size of 1, “Compute activations again”, a "
    "smaller maximum image side, LoRA instead of full, or a smaller base."
)
REASON_SECONDS = 5.0  # in which the end of another process is noticed here


def rank() -> int:
    """Which of the processes this one is; 0 is the first."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    """How many processes there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def own_gpu() -> dict[str, str]:
    """Variables that let this process see one GPU: of several, the Trainer would share out each batch."""
    here = int(os.environ.get("LOCAL_RANK", "0"))
    gpus = GIVEN.split(",") if GIVEN is not None else [str(number) for number in range(here + 1)]
    visible = {VISIBLE: gpus[here] if here < len(gpus) else ""}
    return visible | ({"LOCAL_RANK": "0"} if "LOCAL_RANK" in os.environ else {})


class Peer(Job):
    """The job as the other processes see it: they write no events and change no samples."""

    def set_aside(self, sample_ids: Collection[str]) -> None:
        """The first does it."""

    def _write(self, event: dict[str, Any]) -> None:
        """The first reports for all."""


@contextmanager
def others(job: Job, device: str) -> Iterator[None]:
    """Start the other processes of a run on several GPUs, and end them with it; nothing for a run on one.

    When one of them fails, so does this process, at once: it may be waiting for the other's share of a step.
    """
    wanted = job.params.get("devices", 1)  # none: of a run that an earlier version began
    if wanted == 1 or "RANK" in os.environ:
        yield
        return
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), DEVICE: device}
    os.environ |= {"WORLD_SIZE": str(wanted), "RANK": "0", "LOCAL_RANK": "0"}
    peers = [_start(number) for number in range(1, wanted)]
    is_over = threading.Event()
    watches = [
        threading.Thread(target=_fail_with, args=(peer, peers, job, is_over), daemon=True)
        for peer in peers
    ]
    for watch in watches:
        watch.start()
    try:
        yield
    except RuntimeError:
        # Maybe torch misses another process: then its watch ends this one, and says why.
        for watch in watches:
            watch.join(REASON_SECONDS)
        raise
    finally:
        is_over.set()
        for peer in peers:
            peer.kill()
            peer.wait()


def lacks_gpu(device: str) -> bool:
    """Whether this process has another device than the first: it is short of a GPU."""
    return os.environ.get(DEVICE, device) != device


def _start(number: int) -> subprocess.Popen[bytes]:
    """Its input is a pipe of this process: it ends with it (orphan.py)."""
    variables = {**os.environ, "RANK": str(number), "LOCAL_RANK": str(number)}
    variables.pop(VISIBLE)
    variables |= {VISIBLE: GIVEN} if GIVEN is not None else {}
    return subprocess.Popen(
        [sys.executable, "-m", PROGRAM, *sys.argv[1:]], env=variables, stdin=subprocess.PIPE
    )


def _fail_with(
    peer: subprocess.Popen[bytes],
    peers: Sequence[subprocess.Popen[bytes]],
    job: Job,
    is_over: threading.Event,
) -> None:
    code = peer.wait()
    if not code or job.is_stopping or is_over.is_set():
        return
    is_over.set()
    for other in peers:  # the next attempt may need their memory
        other.kill()
        other.wait()
    if code < 0:
        # As if this one was killed: then the run goes on from its newest checkpoint.
        os.kill(os.getpid(), signal.SIGKILL)
    if code != BATCH_TOO_LARGE:
        reasons = {
            NO_GPU: f"This machine has fewer than {world()} GPUs: choose fewer.",
            NO_MEMORY: MEMORY_ADVICE,
        }
        job.error(
            reasons.get(code, "A process of this training on another GPU failed; the log says why.")
        )
    os._exit(code)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
