"""The child process: does one task after the other until it was idle, or its parent is gone.

    python -m annotator.child.program <socket> <bytes of memory> <idle seconds> <parent's process id>

A task names a function of a module without Django, its JSON arguments and a body of bytes; the function
returns JSON and bytes. Only the parent, who could do anything anyway, names functions.
"""

from __future__ import annotations

import importlib
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import Any

from annotator.child import frames
from annotator.errors import BadInput

LOOK_SECONDS = 1.0  # between two looks whether the parent is there


def main() -> None:
    """Serve until there is nothing to do."""
    number, memory_bytes, idle_seconds, parent = map(int, sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the parent's to handle
    bound(memory_bytes)
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    with socket.socket(fileno=number) as channel, suppress(EOFError, OSError):
        while select.select([channel], [], [], idle_seconds)[0] and serve(channel):
            pass


def bound(memory_bytes: int) -> None:
    """Let allocations beyond so many bytes fail, and write no core file. macOS knows no such limit."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def end_with(parent: int) -> None:
    """End as soon as the parent is gone, in the middle of a task too."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def serve(channel: socket.socket) -> bool:
    """Do one task and reply; False when this process should be replaced. Raises EOFError at the end."""
    task, body = frames.receive(channel)
    frames.send(channel, {"started": True})
    reply, answer = run(task, body)
    frames.send(channel, reply, answer)
    return "memory" not in reply


def run(task: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """(what became of the task, the function's bytes)."""
    try:
        module, _, name = task["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        result, answer = function(body, **task["arguments"])
    except BadInput as refusal:
        return {"bad_input": str(refusal)}, b""
    except MemoryError:
        return {"memory": True}, b""
    except OSError as error:
        return {"errno": error.errno, "message": error.strerror or str(error)}, b""
    except Exception:
        return {"failure": traceback.format_exc()}, b""
    return {"result": result}, answer


if __name__ == "__main__":
    main()
