"""The Python environment that trainings of vision-language models run in, apart from the app's own.

Nothing of it is imported here: what is in it is read from the note that the installation leaves, and from
the metadata of its packages.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from annotator.errors import BadInput

# The package of each extra, and what for.
EXTRAS = {
    "vision": ("torchvision", "for the bases Qwen3-VL, LFM2-VL and SmolVLM2"),
    "qlora": ("bitsandbytes", "for LoRA on a base in 4 bits; needs a CUDA GPU"),
}
INSTALL = "python3 manage.py install_training"
LOCKS = "requirements"
NOTE = "installed.json"
# What torch's CUDA build asks for, and its CPU build does not.
CUDA_PACKAGES = ("nvidia-", "cuda-", "triton=")
SHOWN = ("torch", "transformers", "peft", "accelerate", "torchvision", "bitsandbytes")


class CannotInstall(Exception):
    """Why the environment could not be made, in sentences for the person who asked for it."""


@dataclass(frozen=True)
class Environment:
    """Where the environment is and what its installation noted; `extras` and `cpu` are as asked for."""

    folder: Path
    extras: tuple[str, ...] = ()
    cpu: bool = False
    fingerprint: str = ""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def is_installed(self) -> bool:
        """Whether an installation came to its end, whatever it installed."""
        return bool(self.fingerprint) and self.python.exists()

    @property
    def is_current(self) -> bool:
        """Whether it holds what the lock files list today."""
        return self.is_installed and self.fingerprint == fingerprint(self.extras)

    def versions(self) -> dict[str, str]:
        """The versions of the main packages, by name, from their metadata alone."""
        paths = [str(path) for path in self.folder.glob("lib/python3*/site-packages")]
        known = {d.name: d.version for d in metadata.distributions(path=paths)}
        return {name: known[name] for name in SHOWN if name in known}


def environment() -> Environment:
    """The environment as it is on disk; reads one small file."""
    folder = Path(settings.TRAINING_VENV)
    try:
        note = json.loads((folder / NOTE).read_text())
    except (OSError, ValueError):
        return Environment(folder)
    return Environment(folder, tuple(note["extras"]), note["cpu"], note["fingerprint"])


def missing(extra: str) -> str:
    """What the environment lacks without an extra and the command that brings it; empty with it."""
    if not extra or extra in environment().extras:
        return ""
    return f"needs {EXTRAS[extra][0]}. Run: {INSTALL} --extra {extra}"


def locks(extras: Sequence[str]) -> list[Path]:
    """The lock files to install from."""
    names = ["train.txt", *(f"train-{extra}.txt" for extra in sorted(extras))]
    return [settings.BASE_DIR / LOCKS / name for name in names]


def fingerprint(extras: Sequence[str]) -> str:
    """One hash over the lock files."""
    texts = b"".join(path.read_bytes() for path in locks(extras))
    return hashlib.sha256(texts).hexdigest()


def install(*, cpu: bool, extras: Sequence[str] = (), log: IO[Any] | None = None) -> Environment:
    """Make the environment, or bring it to what the lock files list; gives at once what is current.

    What pip says goes to `log`, else to the terminal. Raises BadInput for what cannot go together,
    CannotInstall when pip fails.
    """
    present = environment()
    wanted = sorted({*present.extras, *extras})
    if cpu and sys.platform == "linux" and wanted:
        raise BadInput("The extras need the CUDA build of torch: leave --cpu out.")
    if present.is_current and present.cpu == cpu and list(present.extras) == wanted:
        return present
    folder = present.folder
    (folder / NOTE).unlink(missing_ok=True)
    # A virtual environment's own Python would make one that depends on it.
    python = getattr(sys, "_base_executable", sys.executable)
    if not present.python.exists():
        _run(
            [python, "-m", "venv", str(folder)],
            log,
            "On Debian and Ubuntu this needs: apt install python3-venv",
        )
    requirements = folder / "requirements.txt"
    requirements.write_text(_requirements(wanted, cpu=cpu))
    command = [str(present.python), "-m", "pip", "install", "--no-input", "--retries", "3"]
    advice = CPU_ADVICE if cpu else "The installation needs the network and some GB of disk."
    _run([*command, "--require-hashes", "-r", str(requirements)], log, advice)
    note = {"extras": wanted, "cpu": cpu, "fingerprint": fingerprint(wanted)}
    (folder / NOTE).write_text(json.dumps(note))
    return environment()


CPU_ADVICE = (
    "A CPU build of torch must be offered to pip: on Linux let PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL lead "
    "to one whose hash requirements/train.txt lists."
)


def _requirements(extras: Sequence[str], *, cpu: bool) -> str:
    """The lock files as one text; without what only the CUDA build needs for `cpu`."""
    text = "".join(path.read_text() for path in locks(extras))
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if not line.startswith((" ", "#")):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    kept = [block for block in blocks if not (cpu and block[0].startswith(CUDA_PACKAGES))]
    if cpu and sys.platform == "linux":
        # By its number alone pip would prefer the registry's, whose hash it knows beforehand.
        for block in kept:
            block[0] = re.sub(r"^(torch==[\d.]+)", r"\1+cpu", block[0])
    return "\n".join(line for block in kept for line in block) + "\n"


def _run(command: list[str], log: IO[Any] | None, advice: str) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
    except OSError as error:
        raise CannotInstall(f"{command[0]} cannot be started: {error.strerror}.") from error
    if done.returncode:
        raise CannotInstall(f"The training environment could not be installed. {advice}")
