"""The training environment: what is installed, what is missing, and the command that brings it."""

import io
import json
import subprocess

import pytest
from django.core.management import CommandError, call_command

from annotator.errors import BadInput
from annotator.training import bases, venv
from annotator.training.backends.vlm import Vlm


@pytest.fixture
def folder(settings, tmp_path):
    settings.TRAINING_VENV = tmp_path / "venv"
    settings.BASE_MODELS_DIR = tmp_path / "bases"
    return settings.TRAINING_VENV


def pretend(folder, **note):
    """An installation, as its note tells it."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "bin" / "python").touch()
    given = {"extras": [], "cpu": True, "fingerprint": venv.fingerprint([])} | note
    (folder / venv.NOTE).write_text(json.dumps(given))


def test_without_the_environment_the_backend_says_what_brings_it(folder):
    assert "Run: python3 manage.py install_training" in Vlm().availability().advice
    with pytest.raises(CommandError, match="install_training"):
        call_command("training_doctor", stdout=io.StringIO())


def test_an_environment_of_other_locks_is_old_and_one_of_these_is_available(folder):
    pretend(folder, fingerprint="another")
    assert "older than this version" in Vlm().availability().reason

    pretend(folder)

    assert Vlm().availability().ok


def test_qlora_is_offered_where_its_extra_is_installed(folder):
    def methods():
        return next(p for p in Vlm().parameters if p.name == "method").choices

    assert "qlora" not in methods()
    pretend(folder, extras=["qlora"], fingerprint=venv.fingerprint(["qlora"]))
    assert "qlora" in methods()


def test_the_cpu_build_is_asked_for_by_its_number_and_without_cuda(monkeypatch):
    monkeypatch.setattr(venv.sys, "platform", "linux")
    cpu, full = venv._requirements([], cpu=True), venv._requirements(["qlora"], cpu=False)

    assert "torch==2.13.0+cpu \\" in cpu
    assert "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b" in cpu
    assert "nvidia-" not in cpu
    assert "nvidia-cublas==" in full
    assert "bitsandbytes==" in full
    assert "\ntorch==2.13.0 \\" in full
    assert not any("://" in path.read_text() for path in venv.locks(list(venv.EXTRAS)))


def test_extras_need_the_cuda_build(folder, monkeypatch):
    monkeypatch.setattr(venv.sys, "platform", "linux")
    with pytest.raises(BadInput, match="leave --cpu out"):
        venv.install(cpu=True, extras=["qlora"])


def test_what_pip_cannot_install_is_said_with_advice(folder, monkeypatch):
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(venv.subprocess, "run", lambda *_, **__: failed)
    folder.mkdir()

    with pytest.raises(venv.CannotInstall, match="could not be installed"):
        venv.install(cpu=True)

    assert not venv.environment().is_installed


def test_bases_are_folders_with_safe_weights_of_a_known_family(folder, settings):
    for name, family, weights in (
        ("good", "llava", "model.safetensors"),
        ("pickled", "llava", "pytorch_model.bin"),
        ("other", "bert", "model.safetensors"),
    ):
        path = settings.BASE_MODELS_DIR / name
        path.mkdir(parents=True)
        (path / "config.json").write_text(json.dumps({"model_type": family}))
        (path / weights).touch()

    assert [base.name for base in bases.bases()] == ["tiny", "good"]
