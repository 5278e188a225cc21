"""The operator's own command trains: a stand-in for a cluster, whose node gets no signal of ours."""

import sys
from pathlib import Path

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.errors import BadInput
from annotator.training import actions, job_folders, jobs
from annotator.training.backends import BACKENDS
from annotator.training.backends.command import Command
from annotator.training.backends.parameters import TextParameter
from annotator.training.models import ModelVersion, TrainingRun
from annotator.training.runner.command import words
from tests.factories import make_member
from tests.training import test_resume
from tests.training.test_resume import points, start, train_and

pytestmark = pytest.mark.django_db(transaction=True)
task = test_resume.task  # two samples; its backend is replaced below
CLUSTER = f"{sys.executable} '{Path(__file__).with_name('stand_in_cluster.py')}' {{folder}}"


class Stumbling(Command):
    """The backend with the parameter of the program that stands in for the training."""

    parameters = (TextParameter(name="stumble", label="How", default="killed"),)


@pytest.fixture(autouse=True)
def cluster(task, settings, monkeypatch):
    settings.TRAINING_COMMAND = CLUSTER
    monkeypatch.setitem(BACKENDS, "command", Stumbling())
    task.backend = "command"
    task.save(update_fields=["backend"])


def test_a_job_that_the_cluster_loses_fails_and_goes_on_from_its_checkpoint(task):
    run = start(task, "killed")
    jobs.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.error) == (
        TrainingRun.State.FAILED,
        "The training process ended with code 9.",
    )

    actions.resume(run, by=None)
    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert points(run) == [(1, 101), (2, 102), (3, 103), (4, 4), (5, 5), (6, 6)]
    assert ModelVersion.objects.get().backend == "command"


def test_a_cancellation_reaches_the_node_as_a_file_and_the_run_can_go_on(task):
    run = start(task, "wait")

    train_and(run, actions.cancel)

    assert run.state == TrainingRun.State.CANCELLED
    assert job_folders.can_resume(run)
    actions.resume(run, by=None)
    jobs.train(str(run.pk))
    run.refresh_from_db()
    assert run.state == TrainingRun.State.SUCCEEDED


def test_an_early_end_reaches_the_node_as_a_file_too(task):
    run = start(task, "wait")

    train_and(run, actions.end_early)

    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, "")
    assert max(step for step, _ in points(run)) == 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{CLUSTER} refuse", "ended with 1 before the training began"),
        ("no-such-program-here {folder}", "cannot be started"),
        ('sbatch "open', "No closing quotation"),
    ],
)
def test_a_command_that_cannot_train_fails_with_the_reason(task, settings, line, message):
    settings.TRAINING_COMMAND = line
    run = start(task, "killed")

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert message in run.error
    assert "invalid partition" in run.log_tail or "refuse" not in line


def test_it_is_offered_where_the_operator_has_set_a_command(task, settings, client):
    client.force_login(make_member(Role.ADMIN, workspace=task.workspace).user)
    offered = client.get(reverse("training:new")).content.decode()
    settings.TRAINING_COMMAND = ""
    hidden = client.get(reverse("training:new")).content.decode()
    own = client.get(reverse("training:settings", args=[task.pk])).content.decode()

    assert Command.label in offered
    assert Command.label not in hidden
    assert "The operator has set no TRAINING_COMMAND." in own
    with pytest.raises(BadInput, match="TRAINING_COMMAND"):
        actions.start(task, by=None)


def test_the_folder_stands_where_the_line_says():
    assert words("sbatch --wait 'my run.sh' {folder}", Path("/data/a b")) == [
        "sbatch",
        "--wait",
        "my run.sh",
        "/data/a b",
    ]
