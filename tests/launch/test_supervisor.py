"""The watcher of processes, with real processes."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from annotator.bootstrap import CannotStart
from annotator.launch.supervisor import Service, Stopped, Supervisor

ROOT = Path(__file__).parent.parent.parent
# Says that it runs, and, when asked to end, takes a moment for it and says so.
POLITE = """
import signal, sys, time
def end(*_):
    time.sleep(float(sys.argv[3]))
    open(sys.argv[1], "a").write(sys.argv[2] + " ended\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
open(sys.argv[1], "a").write(sys.argv[2] + " runs\\n")
while True:
    time.sleep(0.1)
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    path.touch()
    return path


def polite(log, name, *, stage=1, seconds=0):
    command = [sys.executable, "-c", POLITE, str(log), name, str(seconds)]
    return Service(name, command, dict(os.environ), stage=stage)


def wait_for_line(supervisor, log, line, times=1):
    supervisor.wait_for(
        lambda: log.read_text().splitlines().count(line) >= times, seconds=20, else_say=f"no {line}"
    )


def signal_soon(*numbers, seconds=0.3):
    """Send this process signals, one after the other, while it is busy."""

    def send():
        for number in numbers:
            time.sleep(seconds)
            os.kill(os.getpid(), number)

    threading.Thread(target=send, daemon=True).start()


def test_what_ends_by_itself_is_started_again(log):
    with Supervisor() as supervisor:
        service = polite(log, "web")
        supervisor.start(service)
        wait_for_line(supervisor, log, "web runs")

        os.kill(service.process.pid, signal.SIGKILL)

        wait_for_line(supervisor, log, "web runs", times=2)


def supervise(log, services, *signals, grace_seconds=60):
    """Start the services one after the other, then watch them and be sent the signals."""
    with Supervisor(grace_seconds) as supervisor:
        for service in services:
            supervisor.start(service)
            wait_for_line(supervisor, log, f"{service.name} runs")
        signal_soon(*signals)
        supervisor.watch()


def ending_at_once(log, name):
    """A service that writes a line and ends."""
    line = f"open({str(log)!r}, 'a').write('{name} runs\\n')"
    return Service(name, [sys.executable, "-c", line], dict(os.environ))


def test_what_keeps_ending_during_the_start_stops_everything_with_one_line(log):
    with pytest.raises(CannotStart, match="web ended 6 times within a minute") as problem:  # noqa: SIM117, PT012  # the services end with the inner one
        with Supervisor() as supervisor:
            redis = polite(log, "redis", stage=0)
            supervisor.start(redis)
            wait_for_line(supervisor, log, "redis runs")
            supervisor.start(ending_at_once(log, "web"))
            supervisor.wait_for(lambda: False, seconds=60, else_say="too slow")

    assert "\n" not in str(problem.value)
    assert log.read_text().splitlines() == ["redis runs", *["web runs"] * 6, "redis ended"]


def test_what_keeps_ending_later_is_tried_again_while_the_others_run(log, monkeypatch):
    monkeypatch.setattr("annotator.launch.supervisor.RETRY_SECONDS", 0.5)
    with Supervisor() as supervisor:
        web = polite(log, "web")
        supervisor.start(web)
        wait_for_line(supervisor, log, "web runs")
        worker = ending_at_once(log, "worker")
        supervisor.start(worker)
        begun = time.monotonic()

        while log.read_text().count("worker runs") < 8:
            supervisor.tend()

        assert time.monotonic() - begun > 2 * 0.5
        assert web.is_running
        assert log.read_text().splitlines().count("web runs") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_lowest_stage_last(log, number):
    services = [
        polite(log, "redis", stage=0),
        polite(log, "worker", seconds=0.5),
        polite(log, "web"),
    ]

    with pytest.raises(Stopped):
        supervise(log, services, number)

    assert log.read_text().splitlines()[3:] == ["web ended", "worker ended", "redis ended"]


def test_a_second_signal_ends_what_still_works(log):
    worker = polite(log, "worker", seconds=600)

    with pytest.raises(Stopped):
        supervise(log, [worker], signal.SIGINT, signal.SIGINT)

    assert worker.process.exit_code == -signal.SIGKILL


def test_what_does_not_end_within_the_grace_time_is_killed(log):
    worker = polite(log, "worker", seconds=600)

    with pytest.raises(Stopped):
        supervise(log, [worker], signal.SIGTERM, grace_seconds=0.5)

    assert worker.process.exit_code == -signal.SIGKILL


def test_the_signals_mean_what_they_meant_before(log):
    before = signal.getsignal(signal.SIGINT)

    with Supervisor():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before


def test_no_child_outlives_a_supervisor_that_was_killed(log):
    program = """
        import os, sys
        from annotator.launch.supervisor import Service, Supervisor
        with Supervisor() as supervisor:
            supervisor.start(Service("nap", ["sleep", "600"], dict(os.environ)))
            print(supervisor.services[0].process.pid, flush=True)
            supervisor.watch()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

        child.wait(timeout=20)


def test_every_line_carries_its_service(log, capsys):
    with Supervisor() as supervisor:
        command = [
            sys.executable,
            "-c",
            "import time; print('hello\\nworld', flush=True); time.sleep(99)",
        ]
        supervisor.start(Service("web", command, dict(os.environ)))
        output = ""

        def has_come():
            nonlocal output
            output += capsys.readouterr().out
            return "world" in output

        supervisor.wait_for(has_come, seconds=20, else_say="no line")

    assert output.splitlines() == ["web      | hello", "web      | world"]
