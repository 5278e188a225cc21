"""The environment of the child process that trains: what GPUs and model caches need, and never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PASSED = {
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "TOKENIZERS_PARALLELISM",
    "TORCH_HOME",
    "GPU_DEVICE_ORDINAL",
}
PASSED_PREFIXES = (
    "CUDA_",
    "NVIDIA_",
    "HIP_",
    "ROCR_",
    "HSA_",
    "NCCL_",
    "PYTORCH_",
    "TORCHINDUCTOR_",
)
SECRET_WORDS = {
    "TOKEN",
    "KEY",
    "SECRET",
    "PASSWORD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
}
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def child_environment(
    parent: Mapping[str, str], *, folder: Path, code: Path, threads: int
) -> dict[str, str]:
    """What the child gets of the `parent` environment, with its own home, code and number of threads."""
    return {
        **{name: value for name, value in parent.items() if is_passed(name)},
        **dict.fromkeys(THREAD_LIMITS, str(threads)),
        "PYTHONPATH": str(code),
        "HOME": str(folder),
    }


def is_passed(name: str) -> bool:
    """Whether the child may see the variable: it is listed, and no word of its name means a secret."""
    is_listed = name in PASSED or name.startswith(PASSED_PREFIXES)
    return is_listed and SECRET_WORDS.isdisjoint(name.split("_"))
