"""Ends the training process when its worker is gone: another worker starts the run anew."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """Watch the pipe that the worker holds; it closes however the worker dies, a kill -9 included.

    The whole process group goes, helpers of a training too: the child has a session of its own.
    """
    threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)
