"""Rows for tests: plain functions, every argument optional; each room adds its own."""

from __future__ import annotations

import uuid
from itertools import count

from annotator.accounts import actions
from annotator.accounts.models import Membership, Role, Scope, User, Workspace
from annotator.annotation.models import Answer
from annotator.connections import actions as connections
from annotator.datasets.models import Dataset, Prompt, Sample, Variable
from annotator.images.actions import store_image
from annotator.images.files import original_name
from annotator.images.models import DetectionLabel, DetectionObject, Image
from annotator.storage.folder import path_of
from annotator.training.models import Task
from tests import pictures

PASSWORD = "correct horse battery"

numbers = count(1)


def make_user(*, username=None, password=PASSWORD, **fields):
    """A person in no workspace."""
    username = username or f"person-{next(numbers)}"
    return User.objects.create_user(username=username, password=password, **fields)


def make_workspace(*, name=None):
    """A workspace without members."""
    return Workspace.objects.create(name=name or f"Workspace {next(numbers)}")


def make_member(role=Role.ANNOTATOR, *, workspace=None, user=None):
    """A person in a workspace (`.user`, `.workspace`), both made when not given."""
    return Membership.objects.create(
        user=user or make_user(), workspace=workspace or make_workspace(), role=role
    )


def make_token(member=None, *, scope=Scope.MANAGE, **fields):
    """The plain text of an API token of this member (an admin when not given), in use just now."""
    member = member or make_member(Role.ADMIN)
    token, plain = actions.create_token(member, name="script", scope=scope, **fields)
    token.record_use()  # so that the call after it writes no time, and counts of queries agree
    return plain


def make_remote(server=None, *, workspace=None, token=None):
    """A connected remote: that of a FaultRemote, or one that nobody calls."""
    return connections.connect(
        workspace or make_workspace(),
        name="The remote",
        base_url=server.url if server else "https://remote.example",
        token=token or (server.token if server else "some-token-1234567890"),
        by=None,
    )


def make_dataset(*, workspace=None, **fields):
    """An empty dataset without prompts; no sample of it is answered blind unless a test says so."""
    fields = {"name": f"Dataset {next(numbers)}", "blind_percent": 0} | fields
    return Dataset.objects.create(workspace=workspace or make_workspace(), **fields)


def make_prompt(*, workspace=None, type="user", **fields):  # noqa: A002  # the field's name
    """A prompt of the given type."""
    fields.setdefault("name", f"Prompt {next(numbers)}")
    return Prompt.objects.create(workspace=workspace or make_workspace(), type=type, **fields)


def make_variable(*, dataset=None, name=None, type="float", **fields):  # noqa: A002
    """A variable, a decimal number when nothing else is said."""
    return Variable.objects.create(
        dataset=dataset or make_dataset(), name=name or f"v{next(numbers)}", type=type, **fields
    )


def make_sample(*, dataset=None, **fields):
    """A sample without images."""
    fields.setdefault("name", f"Sample {next(numbers)}")
    return Sample.objects.create(dataset=dataset or make_dataset(), **fields)


def make_answer(*, sample=None, author=None, **fields):
    """A draft without values."""
    return Answer.objects.create(
        sample=sample or make_sample(), author=author or make_user(), **fields
    )


def make_image(workspace=None, *, seed=None, width=64, height=48, kind="PNG", **fields):
    """A stored image with its file; each is another picture unless a seed is given."""
    seed = next(numbers) if seed is None else seed
    data = pictures.picture(width, height, seed=seed, kind=kind)
    image, _ = store_image(workspace or make_workspace(), data, **fields)
    return image


def original_path(image):
    """Where its file lies in the data folder."""
    return path_of(original_name(image))


def make_pending_image(workspace=None, **fields):
    """A mirrored image that waits for its file."""
    workspace = workspace or make_workspace()
    fields = {"remote_key": str(uuid.uuid4()), "state": Image.State.PENDING, **fields}
    fields.setdefault("remote", make_remote(workspace=workspace))
    return Image.objects.create(workspace=workspace, **fields)


def make_label(workspace=None, *, name=None, **fields):
    """A detection label."""
    return DetectionLabel.objects.create(
        workspace=workspace or make_workspace(), name=name or f"label {next(numbers)}", **fields
    )


def make_object(image=None, *, label=None, box=(4, 4, 40, 30), **fields):
    """A box on an image."""
    image = image or make_image()
    xmin, ymin, xmax, ymax = box
    return DetectionObject.objects.create(
        image=image,
        label=label or make_label(image.workspace),
        xmin=xmin,
        ymin=ymin,
        xmax=xmax,
        ymax=ymax,
        **fields,
    )


def make_task(*, workspace=None, datasets=(), **fields):
    """A task on the given datasets, in their workspace."""
    workspace = workspace or (datasets[0].workspace if datasets else make_workspace())
    fields.setdefault("name", f"Task {next(numbers)}")
    task = Task.objects.create(workspace=workspace, **fields)
    task.datasets.set(datasets)
    return task
