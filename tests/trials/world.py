"""The rows of a trial, made with the server's own actions in its own database."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.fault_remote import FaultRemote

PASSWORD = "plain-mango-river-trial"
ANNOTATORS = 5
VARIABLES = ("first", "second", "third")
MIRROR_SECONDS = 300


@dataclass
class World:
    """Who works on what. Ids as text."""

    token: str
    people: list[str]
    reviewer: str
    scripted: str  # a mirrored dataset that scripts write to
    labelled: str  # one that people label
    local: str  # one of our own
    samples: list[str] = field(default_factory=list)  # of `scripted`
    variables: list[str] = field(default_factory=list)  # of `scripted`
    form_variables: list[str] = field(default_factory=list)  # of `labelled`


def fill_remote(remote: FaultRemote, scripted: int, labelled: int) -> list[str]:
    """Two datasets on the remote with so many samples; their ids."""
    ids = []
    for name, size, is_required in (("scripted", scripted, False), ("labelled", labelled, True)):
        variables = [
            {"name": each, "type": "string", "required": is_required} for each in VARIABLES
        ]
        dataset = remote.platform.add_dataset(name=name, variables=variables)
        for number in range(size):
            remote.platform.add_sample(dataset["id"], name=f"{name}-{number:05}")
        ids.append(dataset["id"])
    return ids


def make_world(remote: FaultRemote, remote_ids: list[str]) -> World:
    """People, a token, the remote, and its datasets mirrored by the server's worker."""
    from annotator.accounts import actions as accounts
    from annotator.accounts.models import Role, Scope, User
    from annotator.connections import actions as connections
    from annotator.datasets import actions as datasets
    from annotator.datasets.models import Dataset
    from annotator.mirror.actions import start_mirror

    workspace = accounts.create_workspace(name="Trial", by=User.objects.get())
    admin = workspace.memberships.get()
    people = {}
    for number in range(ANNOTATORS + 1):
        role = Role.REVIEWER if number == ANNOTATORS else Role.ANNOTATOR
        user = accounts.make_user(username=f"person-{number}", password=PASSWORD)
        people[user.username] = accounts.add_member(workspace, user=user, role=role, by=None)
    _, token = accounts.create_token(admin, name="trial", scope=Scope.MANAGE)
    source = connections.connect(
        workspace, name="Remote", base_url=remote.url, token=remote.token, by=None
    )
    runs = [start_mirror(source, each, None) for each in remote_ids]
    local = datasets.create_dataset(workspace, by=None, name="local")
    wait_for_mirror(runs)
    mirrored = [str(Dataset.objects.get(remote_key=each).pk) for each in remote_ids]
    Dataset.objects.filter(pk=mirrored[1]).update(review_percent=50)
    names = list(people)
    world = World(token, names[:-1], names[-1], *mirrored, str(local.pk))
    read_ids(world)
    return world


def wait_for_mirror(runs: list) -> None:
    """Until the worker has brought everything here, over a remote that fails."""
    deadline = time.monotonic() + MIRROR_SECONDS
    for run in runs:
        while run.state != "done":
            assert run.state not in {"failed", "cancelled"}, run.error
            assert time.monotonic() < deadline, f"the mirror is {run.state}: {run.error}"
            time.sleep(0.5)
            run.refresh_from_db()


def read_ids(world: World) -> None:
    """The ids that the clients need."""
    from annotator.datasets.models import Sample, Variable

    def ids(rows) -> list[str]:
        return [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)]

    world.samples = ids(Sample.objects.filter(dataset=world.scripted))
    world.variables = ids(Variable.objects.filter(dataset=world.scripted))
    world.form_variables = ids(Variable.objects.filter(dataset=world.labelled))
