"""Makes the demo: people, workspaces and empty datasets at once, the rest step by step."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import transaction

from annotator.accounts import audit
from annotator.accounts.actions import add_member, create_token, create_workspace
from annotator.accounts.models import Membership, Role, Scope, User, Workspace
from annotator.connections.actions import connect
from annotator.datasets.actions import create_dataset, create_prompt, create_variable
from annotator.datasets.models import Dataset, Prompt
from annotator.demo import checkpoints
from annotator.demo.models import Demo, Step
from annotator.demo.sets import PLATFORM_SETS, SETS, STUDIO_SETS
from annotator.demo.sets.demo_set import DemoSet
from annotator.demo.steps import KINDS
from annotator.images.detections import create_label
from annotator.leases import LeaseLost
from annotator.training.actions import create_task
from annotator.training.models import Task

PEOPLE = {  # user name: name, role in Studio
    "admin": ("Ada Adler", Role.ADMIN),
    "reviewer": ("Rosa Reyes", Role.REVIEWER),
    "anna": ("Anna Lind", Role.ANNOTATOR),
    "ben": ("Ben Okoro", Role.ANNOTATOR),
}
API_ACCESS_NAME = "Demo"  # the name of the token that `up` shows
Kind = Step.Kind
# In this order; each waits for the one named beside it. One drawing at a time leaves a core to people.
STEPS = (
    (Kind.DRAW, "shelf_labels", None),
    (Kind.TRAIN, "shelf_labels", (Kind.DRAW, "shelf_labels")),
    (Kind.PREDICT, "shelf_labels", (Kind.TRAIN, "shelf_labels")),
    (Kind.COMPARE, "shelf_labels", (Kind.PREDICT, "shelf_labels")),
    (Kind.DRAW, "graded_cards", (Kind.DRAW, "shelf_labels")),
    (Kind.TRAIN, "graded_cards", (Kind.DRAW, "graded_cards")),
    (Kind.MIRROR, "graded_cards", (Kind.TRAIN, "graded_cards")),
    (Kind.PREDICT, "graded_cards", (Kind.MIRROR, "graded_cards")),
    (Kind.WORK, "graded_cards", (Kind.PREDICT, "graded_cards")),
    (Kind.COMPARE, "graded_cards", (Kind.WORK, "graded_cards")),
    (Kind.DRAW, "street_scenes", (Kind.DRAW, "graded_cards")),
    (Kind.MIRROR, "street_scenes", (Kind.DRAW, "street_scenes")),
    (Kind.WORK, "street_scenes", (Kind.MIRROR, "street_scenes")),
    (Kind.DRAW, "invoices", (Kind.DRAW, "street_scenes")),
)


@transaction.atomic
def make_demo(*, password: str, token: str) -> Demo:
    """Accounts, both workspaces with their prompts, empty datasets and tasks, and the steps that are left.

    A second call changes nothing. The passwords may be weak: whoever sets them knows why.
    """
    existing = Demo.objects.first()
    if existing is not None:
        return existing
    people = {name: make_person(name, password=password) for name in PEOPLE}
    admin = people["admin"]
    studio = create_workspace(name="Studio", by=admin)
    for name, (_, role) in PEOPLE.items():
        if name != "admin":
            add_member(studio, user=people[name], role=role, by=admin)
    create_token(
        Membership.objects.get(user=admin, workspace=studio),
        name=API_ACCESS_NAME,
        scope=Scope.MANAGE,
        plain=token,
    )
    platform = create_workspace(name="Platform", by=admin)
    demo = Demo.objects.create(
        studio=studio,
        platform=platform,
        admin=admin,
        remote=make_remote(studio, platform, by=admin),
    )
    made = {
        key: make_dataset(platform if key in PLATFORM_SETS else studio, SETS[key], by=admin)
        for key in (*STUDIO_SETS, *PLATFORM_SETS)
    }
    make_steps(demo, made)
    return demo


def make_person(username: str, *, password: str) -> User:
    """An account with a full name."""
    first, _, last = PEOPLE[username][0].partition(" ")
    user = User.objects.create_user(
        username=username, password=password, first_name=first, last_name=last
    )
    audit.record("user.create", workspace=None, by=user, target=user)
    return user


def own_address() -> str:
    """Where this server's own API answers."""
    host, _, port = settings.BIND.rpartition(":")
    everywhere = host.strip("[]") in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound
    return f"http://{'localhost' if everywhere else host}:{port}"


def make_remote(studio: Workspace, platform: Workspace, *, by: User) -> Any:
    """Studio's connection to Platform, with a token of its own."""
    member = Membership.objects.get(user=by, workspace=platform)
    _, plain = create_token(member, name="Studio's connection", scope=Scope.MANAGE)
    return connect(
        studio,
        name="Platform",
        base_url=own_address(),
        token=plain,
        remote_workspace=str(platform.pk),
        by=by,
    )


def make_dataset(workspace: Workspace, demo_set: DemoSet, *, by: User) -> tuple[Dataset, Task]:
    """The prompts, the empty dataset with its variables and labels, and a task on it."""
    prompts = {
        "system_prompt": (Prompt.Type.SYSTEM, demo_set.system, "instructions"),
        "user_prompt": (Prompt.Type.USER, demo_set.user, "question"),
        "result_template": (Prompt.Type.TEMPLATE, demo_set.template, "answer"),
    }
    made = {
        field: create_prompt(
            workspace,
            by=by,
            name=f"{demo_set.name}: {noun}",
            type=type_,
            content=content,
            format=demo_set.format if type_ == Prompt.Type.TEMPLATE else None,
        )
        for field, (type_, content, noun) in prompts.items()
    }
    dataset = create_dataset(
        workspace,
        by=by,
        name=demo_set.name,
        description=demo_set.description,
        default_input_meta_data=dict(demo_set.metadata),
        **made,
    )
    for variable in demo_set.variables:
        create_variable(dataset, by=by, **variable)
    for name, color in demo_set.labels.items():
        create_label(workspace, by=by, name=name, color=color, output_name=name)
    task = create_task(
        workspace,
        by=by,
        name=demo_set.task,
        description=f"Trained on {demo_set.name}.",
        datasets=[dataset],
        system_prompt=made["system_prompt"],
        user_prompt=made["user_prompt"],
    )
    return dataset, task


def make_steps(demo: Demo, made: dict[str, tuple[Dataset, Task]]) -> None:
    """One row for each part that is left to do."""
    rows: dict[tuple[str, str], Step] = {}
    for position, (kind, key, after) in enumerate(STEPS):
        dataset, task = made[key]
        rows[kind, key] = Step.objects.create(
            demo=demo,
            position=position,
            kind=kind,
            set_key=key,
            dataset=dataset,
            task=task,
            after=rows[after] if after else None,
            total=SETS[key].samples if kind == Kind.DRAW else 0,
        )


def run_steps(*, seconds: float) -> bool:
    """Work for about so long on whatever step is due; whether more could be done at once.

    Idempotent, also when two workers call it at once: each step is leased to one of them.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        step = checkpoints.take()
        if step is None:
            return False
        try:
            _run_step(step, until)
        except LeaseLost:
            continue
    return True


def _run_step(step: Step, until: float) -> None:
    wait: float | None = 0
    while wait == 0 and time.monotonic() < until:
        wait = KINDS[step.kind](step)
    if wait is None:
        checkpoints.end(step)
    else:
        checkpoints.postpone(step, wait_seconds=wait)
