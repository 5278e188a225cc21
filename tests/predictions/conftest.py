"""A dataset with pictures, and an endpoint that answers as a test says."""

import pytest

from annotator.accounts.models import Role
from annotator.connections import tokens
from annotator.datasets.actions import add_images
from annotator.predictions import asking
from annotator.predictions.models import Endpoint
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_prompt,
    make_sample,
    make_variable,
)
from tests.predictions.chat_server import ChatServer

KEY = "sk-very-secret-1234"


@pytest.fixture
def server(settings, tmp_path, monkeypatch):
    settings.TOKEN_KEYS_FILE = tmp_path / "token_keys"
    monkeypatch.setattr(asking, "FIRST_WAIT_SECONDS", 0.01)
    with ChatServer() as server:
        settings.PRIVATE_REMOTES = frozenset([server.host])
        yield server


@pytest.fixture
def member():
    return make_member(Role.ADMIN)


@pytest.fixture
def dataset(member):
    """Three samples with a picture of 400 × 300 each, a colour and a grade."""
    workspace = member.workspace
    dataset = make_dataset(
        workspace=workspace,
        user_prompt=make_prompt(workspace=workspace, content="Which colour is {{thing}}?"),
        default_input_meta_data={"thing": "the card"},
    )
    make_variable(dataset=dataset, name="colour", type="string", choices=["red", "blue"])
    make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)
    for _ in range(3):
        make_pictured(dataset)
    return dataset


def make_pictured(dataset):
    sample = make_sample(dataset=dataset, input_meta_data={"thing": "the card"})
    add_images(sample, [make_image(dataset.workspace, width=400, height=300)], by=None)
    return sample


@pytest.fixture
def endpoint(server, member):
    return Endpoint.objects.create(
        workspace=member.workspace,
        name="Vision",
        base_url=server.url,
        model="vlm-7b",
        encrypted_key=tokens.encrypt(KEY),
        image_px=200,
        concurrency=1,
    )
