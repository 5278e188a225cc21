"""`manage.py train`: start a training from a script, and wait for its result."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.errors import BadInput, WrongState
from annotator.training import actions, jobs
from annotator.training.backends import BACKENDS
from annotator.training.models import Task, TrainingRun

POLL_SECONDS = 1.0


class Command(BaseCommand):
    """Trains one task by name; with --wait it ends with 0 for a new version, else with 1."""

    help = "Start a training of a task; --wait prints its progress and its figures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds --task, --workspace, --backend, --param and --wait."""
        parser.add_argument("--task", required=True, metavar="NAME", help="the task's name or id")
        parser.add_argument("--workspace", metavar="NAME", help="where several have such a task")
        parser.add_argument("--backend", choices=list(BACKENDS), help="instead of the task's own")
        parser.add_argument(
            "--param",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a parameter of the backend; it is saved with the task. May be given again",
        )
        parser.add_argument(
            "--wait",
            action="store_true",
            help="until it has ended; prints progress and figures",
        )

    def handle(self, *args: Any, wait: bool, **options: Any) -> None:
        """Start the run; CommandError with the reason when it can't start, or with --wait fails."""
        task = self.task(options["task"], options["workspace"])
        try:
            self.change(task, options["backend"], options["param"])
            run = actions.start(task, by=None)
        except (BadInput, WrongState) as refusal:
            raise CommandError(str(refusal)) from refusal
        jobs.enqueue_run(run)
        self.stdout.write(f"run {run.pk}")
        if wait:
            self.wait(run)

    def task(self, name: str, workspace: str | None) -> Task:
        """The one task of that name or id."""
        tasks = Task.objects.filter(removed_at=None).select_related("workspace")
        if workspace:
            tasks = tasks.filter(workspace__name=workspace)
        named = [task for task in tasks if name in (task.name, str(task.pk))]
        if len(named) == 1:
            return named[0]
        if not named:
            raise CommandError(f"There is no task called {name}.")
        raise CommandError(f"{len(named)} tasks are called {name}: give its id, or --workspace.")

    def change(self, task: Task, backend: str | None, params: list[str]) -> None:
        """Save what the command line says with the task. Raises BadInput."""
        pairs = [param.partition("=") for param in params]
        name = backend or task.backend
        known = {parameter.name for parameter in BACKENDS[name].parameters}
        for given, equals, _ in pairs:
            if not equals or given not in known:
                raise BadInput(
                    f"{name} has no parameter “{given}”. It has: {', '.join(sorted(known))}."
                )
        if pairs or name != task.backend:
            given_params = {**task.training_params, **{key: value for key, _, value in pairs}}
            actions.update_task(task, by=None, backend=name, training_params=given_params)

    def wait(self, run: TrainingRun) -> None:
        """Print every change until the run ends. CommandError unless it left a version."""
        last = ""
        while True:
            run.refresh_from_db()
            line = f"{run.get_state_display()} {run.step}/{run.steps} {run.message}".strip()
            if line != last:
                self.stdout.write(line)
                self.stdout.flush()
                last = line
            if not run.is_active:
                break
            time.sleep(POLL_SECONDS)
        if run.state != TrainingRun.State.SUCCEEDED:
            raise CommandError(run.error or f"The run ended: {run.get_state_display()}.")
        version = run.versions.get()
        self.stdout.write(f"version {version.version}, score {version.metrics['score']}")
        for row in version.metrics["variables"]:
            self.stdout.write(
                f"{row['name']}: {row['score']:.3f} ({row['metric']}, trivial {row['trivial']:.3f},"
                f" n {row['n']})"
            )
