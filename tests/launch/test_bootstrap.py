"""What manage.py does before there is anything but Python."""

import os
import runpy
import sys
from pathlib import Path

import pytest

from annotator import bootstrap

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with lock files; nothing is installed, what would run is recorded."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / ".venv/install.log")
    (tmp_path / ".venv").mkdir()
    (tmp_path / "requirements").mkdir()
    for name in ("run", "dev", "uv"):
        (tmp_path / f"requirements/{name}.txt").write_text(f"{name}==1 --hash=sha256:00\n")
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """What is run instead of running it: all well, except what has a word of `failing` in it."""

    class Commands(list):
        failing = ()

        def __call__(self, command):
            self.append(" ".join(command))
            return not any(word in self[-1] for word in self.failing)

    commands = Commands()
    monkeypatch.setattr(bootstrap, "succeeds", commands)
    return commands


def test_nothing_is_installed_twice(project, commands):
    assert not bootstrap.is_complete("run")

    bootstrap.install("run")

    assert bootstrap.is_complete("run")
    assert not bootstrap.is_complete("dev")


def test_the_packages_for_tests_contain_those_to_run(project, commands):
    bootstrap.install("dev")

    assert bootstrap.is_complete("dev")
    assert bootstrap.is_complete("run")


def test_a_changed_lock_file_is_installed_again(project, commands):
    bootstrap.install("run")

    (project / "requirements/run.txt").write_text("run==2\n")

    assert not bootstrap.is_complete("run")


def test_another_python_in_the_same_environment_installs_again(project, commands, monkeypatch):
    bootstrap.install("run")

    monkeypatch.setattr(sys, "version_info", (3, 99, 0))

    assert not bootstrap.is_complete("run")


def test_every_installation_checks_hashes(project, commands):
    bootstrap.install("run")

    installations = [command for command in commands if " install " in command]
    assert len(installations) == 2
    assert all("--require-hashes" in command for command in installations)


@pytest.mark.parametrize("failing", ["uv.txt", "uv --system-certs"])
def test_without_uv_pip_installs_everything(project, commands, failing):
    commands.failing = (failing,)

    bootstrap.install("run")

    assert commands[-1].endswith(f"--require-hashes -r {project}/requirements/run.txt")
    assert " -m pip " in commands[-1]
    assert bootstrap.is_complete("run")


def test_without_a_network_one_line_says_so_and_the_next_start_tries_again(project, commands):
    commands.failing = ("install",)

    with pytest.raises(bootstrap.CannotStart, match="needs the network once") as problem:
        bootstrap.install("run")

    assert "\n" not in str(problem.value)
    assert not bootstrap.is_complete("run")


def test_a_python_without_pip_says_what_to_install(project, commands):
    commands.failing = ("--version", "ensurepip", "apt-get")

    with pytest.raises(bootstrap.CannotStart, match="apt install python3-venv"):
        bootstrap.find_pip()


def test_an_unwritable_project_is_one_line(project, commands, monkeypatch):
    (project / "file").touch()
    monkeypatch.setattr(bootstrap, "VENV", project / "file" / ".venv")

    with pytest.raises(bootstrap.CannotStart, match=r"Cannot make .*: Not a directory"):
        bootstrap.make_venv()


def test_a_linked_environment_is_used_but_never_changed(project, commands, monkeypatch):
    (project / ".venv").rename(project / "elsewhere")
    (project / ".venv").symlink_to("elsewhere")
    monkeypatch.setattr(sys, "prefix", str(project / ".venv"))

    bootstrap.enter("run")

    assert commands == []


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_told_in_one_line(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)

    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")

    assert str(end.value).startswith("Annotator needs Python 3.11 or newer")
    assert f"this is Python {version[0]}.{version[1]} " in str(end.value)
    assert "\n" not in str(end.value)


def test_apt_is_asked_only_where_it_needs_no_password(project, commands, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda name: None if name == "sudo" else f"/bin/{name}")

    assert not bootstrap.apt_install("chromium")
    assert commands == []
