"""Makes .venv and goes on inside of it. Standard library only: nothing else is there yet."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
# Our own commands and the lock file that each needs; every other command is Django's.
COMMANDS = {"up": "run", "test": "dev", "lint": "dev", "backup": "run", "restore": "run"}
IN_CONTAINERS = {"backup", "restore"}  # where the packages are the image's


class CannotStart(Exception):
    """What hinders the command, in one line for the person who typed it."""


def run(arguments: Sequence[str]) -> int:
    """Run one command of manage.py in the right Python; gives its exit code."""
    command = arguments[0] if arguments else "help"
    # A container brings its packages along and has no .venv.
    needs_venv = command in COMMANDS and command not in IN_CONTAINERS
    if needs_venv or PYTHON.exists() or importlib.util.find_spec("django") is None:
        enter(lock_for(command))
    if command in COMMANDS:
        return int(import_module(f"annotator.launch.{command}").main(list(arguments[1:])))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0


def lock_for(command: str) -> str:
    """The lock file of what the command needs; a bucket for files needs more than the app alone."""
    lock = COMMANDS.get(command, "run")
    return "s3" if lock == "run" and os.environ.get("S3_BUCKET") else lock


def enter(lock: str) -> None:
    """Go on in .venv, with all that requirements/<lock>.txt lists. Returns only there."""
    if not is_inside():
        if not PYTHON.exists():
            make_venv()
        restart()
    if VENV.is_symlink() or is_complete(lock):
        return  # a link leads to an environment that someone else looks after
    with (ROOT / "manage.py").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not is_complete(lock):
            install(lock)
    restart()


def is_inside() -> bool:
    """Whether this process runs in the project's own environment."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def restart() -> None:
    """Start the same command again in .venv. A bare `python` as argv[0] would lose its packages."""
    os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]])


def make_venv() -> None:
    """Make an empty .venv; Debian's Python may lack what puts pip into it."""
    try:
        VENV.mkdir(exist_ok=True)
    except OSError as error:
        raise CannotStart(f"Cannot make {VENV}: {error.strerror}.") from error
    if not succeeds([sys.executable, "-m", "venv", "--without-pip", str(VENV)]):
        raise CannotStart(f"Cannot make {VENV}; the reason is in {LOG}.")


def fingerprint(lock: str) -> str:
    """What an installation is valid for: this lock file in this Python."""
    digest = hashlib.sha256((ROOT / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()
    return f"{digest} {sys.version_info[0]}.{sys.version_info[1]}"


def stamp(lock: str) -> Path:
    """The file that says what was installed; written last, so that a broken start begins anew."""
    return VENV / f"installed-{lock}"


def is_complete(lock: str) -> bool:
    """Whether .venv holds what the lock file lists; dev.txt contains the others."""
    return any(
        stamp(name).is_file() and stamp(name).read_text() == fingerprint(name)
        for name in {lock, "dev"}
    )


def install(lock: str) -> None:
    """Install the locked packages, each checked by its hash: with uv, or else with pip alone."""
    say(f"Installing the packages of requirements/{lock}.txt, once; this takes half a minute.")
    try:
        LOG.write_text("")
    except OSError as error:
        raise CannotStart(f"Cannot write to {VENV}: {error.strerror}.") from error
    pip = [*find_pip(), "install", "--no-input", "--retries", "3", "--require-hashes", "-r"]
    uv = VENV / "bin" / "uv"
    packages = str(ROOT / "requirements" / f"{lock}.txt")
    # The system's certificates, as pip has them: a company's own proxy may stand in between.
    with_uv = [str(uv), "--system-certs", "pip", "install", "--python", str(PYTHON)]
    with_uv += ["--require-hashes", "-r", packages]
    has_uv = uv.exists() or succeeds([*pip, str(ROOT / "requirements" / "uv.txt")])
    # uv does not read pip's settings, so where only those name a mirror it fails.
    if not (has_uv and succeeds(with_uv)) and not succeeds([*pip, packages]):
        raise CannotStart(
            "The packages could not be installed. The first start needs the network once;"
            f" what pip said is in {LOG}."
        )
    stamp(lock).write_text(fingerprint(lock))


def find_pip() -> list[str]:
    """The command of a pip that installs into .venv, whatever this Python was shipped with."""
    inside = [str(PYTHON), "-m", "pip"]
    # The starting Python's own pip can do it too (since 22.3), and is there at once.
    outside = [sys._base_executable, "-m", "pip", "--python", str(PYTHON)]  # type: ignore[attr-defined]  # undocumented
    for pip in (inside, outside):
        if succeeds([*pip, "--version"]):
            return pip
    has_ensurepip = succeeds([str(PYTHON), "-m", "ensurepip"])
    if has_ensurepip or (
        apt_install("python3-venv") and succeeds([str(PYTHON), "-m", "ensurepip"])
    ):
        return inside
    raise CannotStart("This Python has no pip. On Debian and Ubuntu: apt install python3-venv")


def apt_install(*packages: str) -> bool:
    """Install Debian packages where that asks for no password; says whether it did."""
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (rights and not shutil.which("sudo")):
        return False
    say(f"Installing {', '.join(packages)} with apt-get.")
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    apt += ["-o", "DPkg::Lock::Timeout=300"]  # seconds; another apt may be at work
    succeeds([*apt, "update"])
    return succeeds([*apt, "install", "-y", "--no-install-recommends", *packages])


def succeeds(command: Sequence[str]) -> bool:
    """Run a command with its output in the log; says whether it went well."""
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        except OSError as error:
            log.write(f"{error}\n")
            return False
    return done.returncode == 0


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, file=sys.stderr, flush=True)
