"""What the child process sees of the worker's environment."""

from pathlib import Path

import pytest

from annotator.training.environment import child_environment, is_passed

NEEDED = [
    "PATH",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_HOME",
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "HF_HOME",
    "HF_HUB_OFFLINE",
    "TORCH_HOME",
    "XDG_CACHE_HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TOKENIZERS_PARALLELISM",
]
SECRET = [
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "TOKEN_KEYS_FILE",
    "DATA_DIR",
    "ANNOTATOR_TOKEN",
    "ANNOTATOR_ANYTHING",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "NVIDIA_API_KEY",
    "CUDA_REGISTRY_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "WANDB_API_KEY",
    "HTTPS_PROXY",
    "SSH_AUTH_SOCK",
    "PYTHONSTARTUP",
]


@pytest.mark.parametrize("name", NEEDED)
def test_what_gpus_and_model_caches_need_is_passed(name):
    assert is_passed(name)


@pytest.mark.parametrize("name", SECRET)
def test_secrets_and_what_is_not_listed_are_kept_back(name):
    assert not is_passed(name)


def test_home_code_and_threads_are_the_childs_own():
    parent = dict.fromkeys([*NEEDED, *SECRET, "HOME", "PYTHONPATH", "OMP_NUM_THREADS"], "x")

    environment = child_environment(parent, folder=Path("/job"), code=Path("/code"), threads=4)

    assert environment.keys() == {
        *NEEDED,
        "HOME",
        "PYTHONPATH",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
    }
    assert environment["HOME"] == "/job"
    assert environment["PYTHONPATH"] == "/code"
    assert environment["OMP_NUM_THREADS"] == "4"
