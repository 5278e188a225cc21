"""What tests let a child do. Without Django, as the child is."""

import os
import signal
import sys
import time
from pathlib import Path

from annotator.errors import BadInput


def about(body):
    """Which process this is, and what it has."""
    facts = {"pid": os.getpid(), "django": "django" in sys.modules, "env": sorted(os.environ)}
    return facts, body[::-1]


def allocate(_body, *, size_bytes):
    """Take that much memory."""
    return len(bytearray(size_bytes)), b""


def pause(_body):
    """Take long."""
    time.sleep(60)
    return None, b""


def nap(_body, *, length):
    """Take so many seconds; which process this is."""
    time.sleep(length)
    return os.getpid(), b""


def stop(*_args, **_kwargs):
    """End the child, as a fault in a decoder does."""
    os.kill(os.getpid(), signal.SIGKILL)


def stop_once(_body, *, path):
    """End the child unless the file is there; make it before."""
    if not Path(path).exists():
        Path(path).touch()
        stop()
    return "done", b""


def refuse(_body):
    """As a function that was given something useless."""
    raise BadInput("Send something else.")


def fill_disk(_body):
    """As a write on a full disk."""
    raise OSError(28, "No space left on device")


def fail(_body):
    """As a fault of ours."""
    raise ZeroDivisionError


read = smaller = stop  # in place of annotator.images.heavy
