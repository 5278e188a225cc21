"""Calls a function in a child process of this process; they are started, replaced and ended here."""

from __future__ import annotations

import atexit
import errno
import os
import socket
import subprocess
import sys
import threading
from enum import StrEnum
from pathlib import Path
from typing import Any

from annotator.child import frames
from annotator.child.gate import Gate
from annotator.errors import BadInput

ROOT = Path(__file__).parent.parent.parent
IDLE_SECONDS = 20  # after which the child ends
START_SECONDS = 30.0  # for the child to begin with a task
TRIES = 2  # children that a task may end: the first can have been ended by somebody else
IDLE_CHILDREN = 3  # that may end by themselves just when a task is sent to them


class Overrun(Exception):
    """The task took too much, and was ended. It will again: do not retry it."""

    class Cause(StrEnum):
        """What it took too much of; STOPPED: it ended the child, as a fault of a decoder does."""

        MEMORY = "memory"
        TIME = "time"
        STOPPED = "stopped"

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class TaskFailed(Exception):
    """The function raised what it should not; the text is the child's traceback."""


class _NotStarted(Exception):
    """The child ended before it began with the task."""


class _Stopped(Exception):
    """The child ended in the middle of the task."""


class Child:
    """A running child process. Not to be used by two threads at once."""

    def __init__(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes
        self.channel, theirs = socket.socketpair()
        command = [sys.executable, "-m", "annotator.child.program", str(theirs.fileno())]
        command += [str(memory_bytes), str(IDLE_SECONDS), str(os.getpid())]
        with theirs:
            self.process = subprocess.Popen(
                command,
                env=environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        # Whenever it ends, it is not left as a zombie.
        threading.Thread(target=self.process.wait, name="child", daemon=True).start()

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def call(self, task: dict[str, Any], body: bytes, seconds: float) -> tuple[Any, bytes]:
        """(result, bytes) of the task. Raises Overrun, _NotStarted or _Stopped: then it is gone."""
        try:
            self.channel.settimeout(START_SECONDS)
            frames.send(self.channel, task, body)
            frames.receive(self.channel)
        except (OSError, EOFError):
            self.end()
            raise _NotStarted from None
        try:
            self.channel.settimeout(seconds)
            return frames.receive(self.channel)
        except TimeoutError:
            self.end()
            raise Overrun(Overrun.Cause.TIME) from None
        except (OSError, EOFError):
            self.end()
            raise _Stopped from None

    def end(self) -> None:
        """Kill it. A second call does nothing."""
        self.channel.close()
        self.process.kill()
        self.process.wait()


_idle: list[Child] = []  # the one that worked last is taken first
_gate = Gate()


def environment() -> dict[str, str]:
    """What the child gets of ours: no secret, and one memory arena, as its memory is bounded."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "1"}


def call(
    function: str,
    body: bytes = b"",
    /,
    *,
    memory_bytes: int,
    seconds: float,
    at_a_time: int = 1,
    **arguments: Any,
) -> tuple[Any, bytes]:
    """(result, bytes) of "module:function", called with `body` and JSON arguments.

    It waits while `at_a_time` calls go on; each has a child of its own. Raises the function's BadInput and
    OSError, Overrun, and OSError when no child can be started.
    """
    task = {"function": function, "arguments": arguments}
    with _gate.entered(at_a_time=at_a_time):
        for _ in range(TRIES):
            try:
                reply, answer = _call(task, body, memory_bytes, seconds)
                break
            except _Stopped:
                continue
        else:
            raise Overrun(Overrun.Cause.STOPPED)
    return _result(reply), answer


def _call(
    task: dict[str, Any], body: bytes, memory_bytes: int, seconds: float
) -> tuple[dict[str, Any], bytes]:
    """By a child that is idle, or a new one."""
    for _ in range(IDLE_CHILDREN):
        # Whatever is raised, it is not used again: only one that has replied is idle.
        child = _taken(memory_bytes) or Child(memory_bytes)
        try:
            reply = child.call(task, body, seconds)
        except _NotStarted:
            continue
        except BaseException:
            child.end()
            raise
        _idle.append(child)
        return reply
    raise OSError(errno.EAGAIN, "no process could be started to read it")


def _taken(memory_bytes: int) -> Child | None:
    """An idle child with these bounds; others are ended."""
    while _idle:
        try:
            child = _idle.pop()
        except IndexError:  # another thread took it just now
            break
        if child.is_alive() and child.memory_bytes == memory_bytes:
            return child
        child.end()
    return None


def _result(reply: dict[str, Any]) -> Any:
    if "bad_input" in reply:
        raise BadInput(reply["bad_input"])
    if "memory" in reply:
        raise Overrun(Overrun.Cause.MEMORY)
    if "errno" in reply:
        raise OSError(reply["errno"], reply["message"])
    if "failure" in reply:
        raise TaskFailed(reply["failure"])
    return reply["result"]


@atexit.register
def end() -> None:
    """End the idle children."""
    while _idle:
        _idle.pop().end()


def _forget() -> None:
    """In a forked process: the children are the other's."""
    global _gate, _idle
    _idle, _gate = [], Gate()


os.register_at_fork(after_in_child=_forget)
