"""Starts services in order, restarts what ends by itself, stops them in reverse order."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from annotator.bootstrap import CannotStart
from annotator.launch.process import Process, write

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RESTARTS_PER_MINUTE = 5
RETRY_SECONDS = 10  # between two starts of what ends more often than that
PAUSE_SECONDS = 0.1


class Stopped(Exception):
    """Someone asked us to stop."""


@dataclass
class Service:
    """One program that is to run as long as we do; those of a lower stage end later."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    stage: int = 1
    keep_open: Sequence[int] = ()
    process: Process | None = None
    restarts: deque[float] = field(default_factory=deque)
    retry_at: float | None = None  # on the monotonic clock; None while it runs

    def start(self) -> None:
        """Run it, from the main thread."""
        self.process = Process(self.name, self.command, self.env, self.keep_open)

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.exit_code is None

    def restart(self) -> None:
        """Start it again after it ended; past RESTARTS_PER_MINUTE only after RETRY_SECONDS."""
        assert self.process  # it did run
        now = time.monotonic()
        if self.retry_at is None:
            self.process.kill()  # what it left behind
            ended = f"up       | {self.name} ended (code {self.process.exit_code})"
            if self.ends_too_often:
                self.retry_at = now + RETRY_SECONDS
                write(f"{ended} again; its last lines say why. Next try in {RETRY_SECONDS} s.")
            else:
                self.retry_at = now
                write(f"{ended} and is started again.")
        if now >= self.retry_at:
            self.retry_at = None
            self.restarts.append(now)
            self.start()

    @property
    def ends_too_often(self) -> bool:
        """Whether it was started RESTARTS_PER_MINUTE times in the last minute."""
        while self.restarts and self.restarts[0] < time.monotonic() - 60:
            self.restarts.popleft()
        return len(self.restarts) >= RESTARTS_PER_MINUTE


class Supervisor:
    """Use as a context manager: on leaving it, all services have ended.

    The first signal asks for an orderly stop, which lets running jobs finish for up to
    `grace_seconds`; a second one kills.
    """

    def __init__(self, grace_seconds: float = 60):
        self.grace_seconds = grace_seconds
        self.services: list[Service] = []
        self._signals = 0
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Supervisor:
        # Explicitly: a shell starts its background jobs with SIGINT ignored.
        for number in STOP_SIGNALS:
            self._handlers[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            for stage in sorted({service.stage for service in self.services}, reverse=True):
                self._stop([service for service in self.services if service.stage == stage])
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def start(self, service: Service) -> None:
        """Start a service and watch over it from now on."""
        self.services.append(service)
        service.start()

    def pause(self) -> None:
        """Let a moment pass; Stopped once someone asked for it."""
        time.sleep(PAUSE_SECONDS)
        if self._signals:
            raise Stopped

    def tend(self) -> None:
        """Restart what has ended by itself."""
        for service in self.services:
            if not service.is_running:
                service.restart()
        self.pause()

    def wait_for(self, is_ready: Callable[[], bool], *, seconds: float, else_say: str) -> None:
        """Return once it is ready; CannotStart when that takes too long or a service keeps ending."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if time.monotonic() > deadline:
                raise CannotStart(else_say)
            for service in self.services:
                if not service.is_running and service.ends_too_often:
                    raise CannotStart(
                        f"Stopped: {service.name} ended {RESTARTS_PER_MINUTE + 1} times within a"
                        f" minute; its last lines, marked '{service.name}', say why."
                    )
            self.tend()

    def watch(self) -> None:
        """Keep everything running until Stopped.

        Once all was ready, nothing is given up: a full disk or a lost database ends services until
        somebody mends it, and meanwhile the others go on.
        """
        while True:
            self.tend()

    def _stop(self, services: Sequence[Service]) -> None:
        """End these, gently at first."""
        running = [service.process for service in services if service.process]
        for process in running:
            process.terminate()
        begun, signals = time.monotonic(), self._signals
        is_told = False
        while any(process.exit_code is None for process in running):
            passed = time.monotonic() - begun
            if self._signals > signals or passed > self.grace_seconds:
                break
            if passed > 2 and not is_told:
                write("up       | Waiting for running jobs to finish; Ctrl-C again ends them now.")
                is_told = True
            time.sleep(PAUSE_SECONDS / 2)
        for process in running:
            with suppress(PermissionError):
                process.kill()
