"""A Docker engine of our own, from Debian's packages: it leaves no process, mount, bridge or rule behind.

It runs in namespaces for processes and mounts, which end with their first process, and so does all that
runs in its containers. While images are built it shares the machine's network, without a bridge and without
rules of the firewall; while containers run it has a network of its own.
"""

import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from tests.launch.base_images import make_root

PACKAGES = [
    "docker.io",
    "docker-cli",
    "docker-compose",
    "docker-buildx",
    "iptables",
    "iproute2",
    "tini",
]
START_SECONDS = 60
END_SECONDS = 30
SOCKET = "/srv/docker.sock"
# The first process of the namespaces. A mere chroot is not enough: what enters a container would land in
# the root of the namespace.
INIT = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
shift
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mkdir -p srv/data
pivot_root . mnt
umount -l /mnt
ip link set lo up
dockerd "$@" &
wait $!
"""


class Engine:
    """An engine in a folder of its own, which must be on a file system that overlay2 can use."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "engine"
        self.cgroup = f"annotator-{folder.name}"
        self._first = 0  # the namespaces' first process

    def install(self):
        """Fetch the engine: some 250 MB of packages."""
        make_root(self.root, PACKAGES, cache=self.folder / "cache")

    @contextmanager
    def running(self, *, for_builds):
        """The engine, with the machine's network for builds, or else with one of its own."""
        spaces = ["--mount", "--pid", "--fork", "--kill-child", *([] if for_builds else ["--net"])]
        options = ["--host", f"unix://{SOCKET}", "--data-root", "/srv/data", "--pidfile"]
        options += ["/run/dockerd.pid", "--storage-driver", "overlay2", "--log-level", "warn"]
        options += ["--cgroup-parent", f"/{self.cgroup}"]
        options += ["--iptables=false", "--bridge=none"] if for_builds else []
        command = ["unshare", *spaces, "sh", "-c", INIT, "sh", str(self.root), *options]
        with (self.folder / "dockerd.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            self._wait(process)
            yield self
        finally:
            process.kill()  # --kill-child: the namespaces' first process ends too, and all with it
            process.wait()
            self._clean_up()

    def _wait(self, process):
        deadline = time.monotonic() + START_SECONDS
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while True:
            assert process.poll() is None, self.log()
            self._first = int((children.read_text().split() or ["0"])[0])
            if self._first and self.docker("version", check=False).returncode == 0:
                return
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.2)

    def _clean_up(self):
        """Remove the control groups that the containers left, once their processes have gone."""
        deadline = time.monotonic() + END_SECONDS
        tops = [path / self.cgroup for path in Path("/sys/fs/cgroup").iterdir()]
        for top in filter(Path.is_dir, tops):
            while any(file.read_text() for file in top.rglob("cgroup.procs")):
                assert time.monotonic() < deadline, f"processes are left in {top}"
                time.sleep(0.1)
            for path in [*reversed([path for path in top.rglob("*") if path.is_dir()]), top]:
                path.rmdir()

    def log(self):
        """The end of what the engine said."""
        return (self.folder / "dockerd.log").read_text()[-4000:]

    def inside(self, *command):
        """A command line in the engine's namespaces, with its files."""
        spaces = ["--mount", "--pid", "--net", "--wd=/"]
        return ["nsenter", "--target", str(self._first), *spaces, *command]

    def in_network(self, *command):
        """A command line with this machine's files and the engine's network."""
        return ["nsenter", "--target", str(self._first), "--net", *command]

    def run(self, *command, check=True, timeout=900):
        """Run a command inside; AssertionError with what it said when it fails, unless `check` is false."""
        done = subprocess.run(
            self.inside(*command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,  # seconds
        )
        if check:
            said = done.stdout[-3000:] + done.stderr[-6000:]
            assert done.returncode == 0, f"{command}: {said}"
        return done

    def docker(self, *arguments, check=True, env=None):
        """Run the engine's client inside, with these variables."""
        variables = [f"{name}={value}" for name, value in (env or {}).items()]
        client = ["env", *variables, "docker", "--host", f"unix://{SOCKET}"]
        return self.run(*client, *arguments, check=check)

    def build(self, name, context):
        """Build an image from a folder with a Dockerfile; it reaches what this machine reaches."""
        inside = self.root / "srv" / "context"
        context.rename(inside)
        try:
            self.docker("build", "--network", "host", "--tag", name, "/srv/context")
        finally:
            shutil.rmtree(inside)
