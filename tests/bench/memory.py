"""`python -m tests.bench.memory`: what all that `manage.py up` starts keeps in memory, in MiB of PSS.

Once fresh and empty, and once after the demo was made, mirrored and trained. PSS counts a page that n
processes share as 1/n for each, so that the sum is what the machine really gives (Linux only).
"""

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent.parent
IDLE_SECONDS = 30  # after the start, or after the last work
DEMO_SECONDS = 1800  # at the most


def main() -> None:
    """Measure both and print them."""
    for title, arguments, wait in (("fresh", ["--no-demo"], None), ("demo", [], wait_for_demo)):
        with tempfile.TemporaryDirectory() as folder:
            measure(title, Path(folder), arguments, wait)


def measure(title, folder, arguments, wait) -> None:
    """Start `up`, wait until nothing is left to do, print a line for each process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    env |= {"DATA_DIR": str(folder), "BIND": bind}
    command = [sys.executable, str(ROOT / "manage.py"), "up", *arguments]
    with subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE) as up:
        try:
            for line in up.stdout:
                if line.startswith("Ctrl-C"):
                    break
            if wait:
                wait(folder / "annotator.sqlite3")
            time.sleep(IDLE_SECONDS)
            report(title, psutil.Process(up.pid))
        finally:
            up.terminate()
            up.communicate()


def wait_for_demo(database) -> None:
    """Until no step of the demo is left."""
    deadline = time.monotonic() + DEMO_SECONDS
    while time.monotonic() < deadline:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
            steps, left = rows.execute(
                "SELECT count(*), sum(ended_at IS NULL) FROM demo_step"
            ).fetchone()
        if steps and not left:
            return
        time.sleep(5)
    say("  the demo was not finished in time")


def say(line) -> None:
    """Show a line at once."""
    print(line, flush=True)  # noqa: T201  a command's output


def report(title, root) -> None:
    """A line for each process of the tree, and their sum."""
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        size = process.memory_full_info().pss / 2**20
        total += size
        words = " ".join(process.cmdline()).replace(str(ROOT), ".")
        say(f"  {size:6.1f}  {words[:90]}")
    say(f"{title}: {total:.0f} MiB PSS in all")


if __name__ == "__main__":
    main()
