"""docker-compose.yml and Dockerfile as they are committed, started by a real engine.

Needs root on Debian or Ubuntu, the package debootstrap, a file system for overlay2 (no overlay itself), the
network for Debian's packages and Python's, 6 GB of disk and 10 minutes. No image registry is asked: the base
images are made of Debian's packages. Nothing is installed on this machine, and nothing stays: engine, images
and volumes lie in a temporary folder, processes, mounts, bridges and rules in namespaces that end with them.

    python3 manage.py test tests/launch/test_compose_engine.py -m slow
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.launch.base_images import write_contexts
from tests.launch.compose_walk import PASSWORD
from tests.launch.engine import Engine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="an engine needs root"),
    pytest.mark.skipif(not shutil.which("debootstrap"), reason="apt install debootstrap"),
]

ROOT = Path(__file__).parent.parent.parent
PROJECT = "/srv/project"
FILES = ["docker-compose.yml", "Dockerfile", ".dockerignore"]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
LASTING = {name for name in SERVICES if "profiles" not in SERVICES[name]} - {"migrate"}
BACKUP = "/backups/trial.tar"
WAIT_SECONDS = 240
# As the host's: without a bridge there is no other network.
BUILD_NETWORK = "services: {migrate: {build: {network: host}}}\n"


class Installation:
    """The committed files in the engine's file system, with a .env as the header of the file says."""

    def __init__(self, engine, state):
        self.engine = engine
        self.state = state
        folder = engine.root / PROJECT.lstrip("/")
        folder.mkdir(parents=True)
        kept = (ROOT / ".dockerignore").read_text().split()
        for name in [*FILES, *(line[1:] for line in kept if line.startswith("!"))]:
            ignore = shutil.ignore_patterns("__pycache__")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=ignore)
            else:
                shutil.copy(ROOT / name, folder / name)
        (folder / ".env").write_text(
            f"SECRET_KEY={secrets.token_hex(32)}\nPOSTGRES_PASSWORD={secrets.token_hex(16)}\n"
            "ALLOWED_HOSTS=localhost,127.0.0.1,web\nPRIVATE_REMOTES=web:8000\n"
        )
        (engine.root / "srv/network.yml").write_text(BUILD_NETWORK)

    def compose(self, *arguments, check=True):
        """Run docker compose in the project; gives what it printed."""
        options = ["--project-directory", PROJECT, "--file", f"{PROJECT}/docker-compose.yml"]
        env = {"ANNOTATOR_ADMIN_PASSWORD": PASSWORD}
        return self.engine.docker("compose", *options, *arguments, check=check, env=env).stdout

    def build(self):
        """Build the image, by compose and with this machine's network."""
        self.compose("--file", "/srv/network.yml", "build")

    def container(self, service):
        """(id of the container's first process, its health, how often it was started again)."""
        name = f"annotator-{service}-1"
        wanted = "{{.State.Pid}} {{.State.Health.Status}} {{.RestartCount}}"
        pid, health, restarts = self.engine.docker("inspect", "-f", wanted, name).stdout.split()
        return int(pid), health, int(restarts)

    def wait(self, services=LASTING):
        """Until these services are well."""
        deadline = time.monotonic() + WAIT_SECONDS
        while bad := [name for name in services if self.container(name)[1] != "healthy"]:
            assert time.monotonic() < deadline, (
                f"{bad}: {self.compose('logs', '--tail', '20', *bad)}"
            )
            time.sleep(1)

    def kill(self, service):
        """End all of a service's container with SIGKILL, as a lack of memory does; it must start again."""
        pid, _, restarts = self.container(service)
        self.engine.run("sh", "-c", f"kill -KILL {pid}")
        deadline = time.monotonic() + WAIT_SECONDS
        while self.container(service)[2] == restarts or not self.container(service)[0]:
            assert time.monotonic() < deadline, f"{service} was not started again"
            time.sleep(0.2)

    def walk(self, step):
        """One step of tests/launch/compose_walk.py, from the engine's network."""
        walk = [sys.executable, "-m", "tests.launch.compose_walk", "http://localhost:8000", step]
        command = self.engine.in_network(*walk, str(self.state))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:] + self.compose("logs", "--tail", "15")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    engine = Engine(folder)
    engine.install()
    with engine.running(for_builds=True):
        for name, context in write_contexts(folder):
            engine.build(name, context)
    yield engine
    shutil.rmtree(folder)


def test_it_starts_works_outlives_kills_and_power_cuts_and_is_restored(engine, tmp_path):
    installation = Installation(engine, tmp_path / "state.json")
    with engine.running(for_builds=True):
        installation.build()
    with engine.running(for_builds=False):
        installation.compose("up", "--detach")
        installation.wait(["web"])
        exec_in_web = ["exec", "-T", "-e", "ANNOTATOR_ADMIN_PASSWORD", "web", "python", "manage.py"]
        installation.compose(*exec_in_web, "make_admin")
        installation.walk("begin")
        for service in sorted(LASTING):
            installation.kill(service)
        installation.wait(["web"])
        installation.walk("go-on")
    # Everything ended at once, as by a power cut; the engine starts what ran.
    with engine.running(for_builds=False):
        installation.wait(["web", "beat"])
        installation.compose("restart", "--timeout", "30")
        installation.wait(["web"])
        installation.compose(*exec_in_web, "backup", BACKUP)
        installation.compose("down")
        engine.docker(
            "volume", "rm", *(f"annotator_{name}" for name in ("data", "postgres", "redis"))
        )
        installation.compose("up", "--detach", "--wait", "postgres", "redis")
        restore = ["python", "manage.py", "restore", BACKUP]
        installation.compose("run", "--rm", "--no-deps", "-T", "web", *restore)
        installation.compose("up", "--detach")
        installation.wait()
        installation.walk("go-on")
        installation.compose("up", "--detach")
        installation.compose("down", "--volumes")
    assert not leftovers(engine), "something stays on the machine"


def leftovers(engine):
    """Mounts, control groups and processes that an ended engine left."""
    mounts = [
        line for line in Path("/proc/mounts").read_text().splitlines() if str(engine.root) in line
    ]
    groups = list(Path("/sys/fs/cgroup").glob(f"*/{engine.cgroup}"))
    folders = [path for path in Path("/proc").glob("[0-9]*/root") if is_below(path, engine.root)]
    return [*mounts, *groups, *folders]


def is_below(link, folder):
    """Whether a link of /proc leads into the folder; False for a process that has ended."""
    try:
        return link.readlink().is_relative_to(folder)
    except OSError:
        return False
