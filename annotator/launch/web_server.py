"""The web server: loads the application once, then serves it by processes that share its memory.

python -m annotator.launch.web_server [--host 127.0.0.1] [--port 8000] [--processes 1] [module:application]

Each process is forked with the application loaded: a page of memory that neither writes to is there once, so
that one more idle process keeps 6 to 11 MiB instead of 95 (docs/benchmarks.md). Loading opens no connection
and starts no thread. Where the system doesn't fork (macOS), each loads it anew.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import sys
import threading
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from annotator.child.program import end_with

APPLICATION = "annotator.server:application"
STOP_SECONDS = 10  # for requests under way, when the server is told to end


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("application", nargs="?", default=APPLICATION)
    options = parser.parse_args()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # Python's default before 3.14
        load(options.application)
    Granian(
        options.application,
        address=options.host,
        port=options.port,
        workers=options.processes,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_level=LogLevels.error,
        # A process that is told to end just when it begins misses it, and is waited for until it ends.
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=begin)


def begin(application: str) -> Any:
    """The application, in a process that answers requests: it ends with the server, freeing the port."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        threading.Thread(target=end_with, args=(parent.pid,), daemon=True).start()
    return load(application)


def load(application: str) -> Any:
    """The object that `module:name` names."""
    module, _, name = application.partition(":")
    return getattr(importlib.import_module(module), name)


if __name__ == "__main__":
    main()
