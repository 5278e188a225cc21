"""A worker is killed in the middle of a mirror and of a push; the next one ends both, without doubles."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from django.conf import settings

from annotator.datasets.models import Sample, VariableValue
from annotator.images.models import Image
from annotator.launch.process import end_with_parent
from annotator.mirror import jobs as mirror_jobs
from annotator.mirror.actions import start_mirror
from annotator.mirror.models import MirrorRun
from annotator.push import jobs as push_jobs
from annotator.push.models import Delivery
from annotator.queueing import enqueue_on_commit
from tests.factories import make_remote
from tests.faults import apply_then_hang
from tests.push.rows import Pair
from tests.services import database_url

PATIENCE_SECONDS = 60


@pytest.fixture
def start_worker(fault_remote, tmp_path):
    """Starts real workers with beat, as `manage.py up` does, but with short leases; ends them all."""
    workers = []
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "PRIVATE_REMOTES": fault_remote.host,
        "SWEEP_SECONDS": "0.5",
        "PUSH_LEASE_SECONDS": "5",
        "MIRROR_LEASE_SECONDS": "5",
    }

    def start():
        number = len(workers)
        command = [sys.executable, "-m", "celery", "-A", "annotator", "worker", "-B"]
        command += ["-P", "threads", "-c", "3", "-Q", "default,push,mirror", "--loglevel=WARNING"]
        command += ["-s", str(tmp_path / f"beat-{number}"), "-n", f"test-{number}@localhost"]
        log = (tmp_path / f"worker-{number}.log").open("w")
        workers.append(
            subprocess.Popen(
                command,
                env=env,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid()),
            )
        )
        log.close()
        return workers[-1]

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    for log in sorted(tmp_path.glob("worker-*.log")):
        print(log.name, log.read_text(), sep="\n")  # noqa: T201  # shown when the test fails


def wait_for(what, holds):
    """Look again and again until it holds."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, f"no {what} within {PATIENCE_SECONDS} s"
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_a_mirror_and_a_push_survive_kill_9(fault_remote, start_worker):
    platform = fault_remote.platform
    pair = Pair(fault_remote)
    shoes = platform.add_dataset("Shoes", variables=[{"name": "grade", "type": "float"}])
    for number in range(60):
        platform.add_sample(shoes["id"], images=number < 3, values={"grade": float(number)})
    # The push is applied on the remote, and its answer never comes.
    fault_remote.script("POST", "add-variable-value", apply_then_hang())
    worker = start_worker()
    fault_remote.before("GET", "page=2", lambda: os.killpg(worker.pid, signal.SIGKILL))

    pair.give(8.5)
    enqueue_on_commit(push_jobs.push_sample, str(pair.sample.pk))
    wait_for("push in flight", lambda: fault_remote.calls("POST", "add-variable-value"))
    run = start_mirror(make_remote(fault_remote), shoes["id"], None)
    enqueue_on_commit(mirror_jobs.run_steps, str(run.pk))
    worker.wait(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.done) == (MirrorRun.State.RUNNING, 24)
    assert Delivery.objects.get().state == Delivery.State.PENDING

    start_worker()
    wait_for("end of the mirror", lambda: not MirrorRun.objects.active().exists())
    wait_for("end of the push", lambda: Delivery.objects.filter(state="confirmed").exists())

    run.refresh_from_db()
    mirrored = Sample.objects.filter(dataset=run.dataset)
    assert (run.state, run.losses, run.report["new"]) == (MirrorRun.State.DONE, 0, 60)
    assert mirrored.count() == mirrored.values("remote_key").distinct().count() == 60
    values = VariableValue.objects.filter(sample__dataset=run.dataset)
    assert sorted(values.values_list("value", flat=True)) == [float(n) for n in range(60)]
    assert Image.objects.filter(state="stored").count() == 3
    first_pages = [c for c in fault_remote.calls("GET", shoes["id"]) if c.path.endswith("/sample/")]
    assert len([c for c in first_pages if "page" not in c.query]) == 1
    assert pair.there == 8.5
    assert Delivery.objects.count() == 1
    assert len(fault_remote.calls("POST", "add-variable-value")) == 1  # seen there, not sent again
