"""Which version is in production: pinned with a reason, or replaced by a new one that is not worse."""

import uuid

import pytest
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Role
from annotator.errors import BadInput
from annotator.training import actions, deployment
from annotator.training.models import ModelVersion
from tests.factories import make_member, make_task, make_workspace
from tests.training.archives import give_archive, prediction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models_root(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def task():
    return make_task(
        auto_deploy=True, deploy_if_not_worse=True, production_version=1, last_version=2
    )


def make_version(task, number, right, *, of=4, score=None, first=0):
    """A version that is right about so many of its test samples, whose ids begin with `first`."""
    metrics = {"score": score, "variables": [{"name": "colour", "type": "string"}]}
    version = ModelVersion.objects.create(task=task, version=number, metrics=metrics)
    rows = [
        prediction(
            uuid.UUID(int=first + place),
            expected={"colour": "red"},
            values={"colour": "red" if place < right else "blue"},
        )
        for place in range(of)
    ]
    give_archive(version, predictions_jsonl=rows)
    return version


@pytest.mark.parametrize(("right", "is_deployed"), [(2, False), (3, True), (4, True)])
def test_a_new_version_is_deployed_where_it_is_not_worse_on_the_common_samples(
    task, right, is_deployed
):
    make_version(task, 1, 3)

    decision = deployment.decide(task, make_version(task, 2, right))

    assert decision.is_deployed is is_deployed
    assert "of version 1, on 4 common test samples" in decision.reason


@pytest.mark.parametrize(
    ("scores", "is_deployed"), [((0.5, 0.6), True), ((0.6, 0.5), False), ((0.5, None), False)]
)
def test_without_common_samples_the_scores_decide(task, scores, is_deployed):
    make_version(task, 1, 3, score=scores[0])

    decision = deployment.decide(task, make_version(task, 2, 3, score=scores[1], first=100))

    assert decision.is_deployed is is_deployed


@pytest.mark.parametrize(
    ("fields", "is_deployed"),
    [
        ({"auto_deploy": False}, False),
        ({"production_pinned": True}, False),
        ({"deploy_if_not_worse": False}, True),
        ({"production_version": 0}, True),
    ],
)
def test_the_settings_of_the_task_decide_first(task, fields, is_deployed):
    make_version(task, 1, 4)
    for name, value in fields.items():
        setattr(task, name, value)

    assert deployment.decide(task, make_version(task, 2, 0)).is_deployed is is_deployed


def test_a_pin_needs_a_reason_which_the_page_and_the_audit_trail_show(client, task):
    version = make_version(task, 1, 3)
    client.force_login(make_member(Role.ADMIN, workspace=task.workspace).user)
    url = reverse("training:production", args=[version.pk])

    refused = client.post(url, {"pinned": "on", "reason": "  "}, follow=True)
    task.refresh_from_db()
    was_pinned = task.production_pinned
    page = client.post(url, {"pinned": "on", "reason": "The press is <checked>."}, follow=True)

    task.refresh_from_db()
    assert (was_pinned, task.production_pinned) == (False, True)
    assert "Say why it is pinned" in refused.content.decode()
    assert "The press is &lt;checked&gt;." in page.content.decode()
    event = AuditEvent.objects.filter(action="task.production").latest("pk")
    assert event.detail["reason"] == "The press is <checked>."


def test_another_version_set_by_the_settings_is_not_pinned(task):
    version = make_version(task, 1, 3)
    make_version(task, 2, 3)
    actions.put_into_production(version, by=None, reason="Checked.", pinned=True)
    task.refresh_from_db()

    actions.update_task(task, by=None, production_version=2)

    task.refresh_from_db()
    assert (task.production_pinned, task.production_reason) == (False, "")


def test_a_reason_is_short(task):
    with pytest.raises(BadInput):
        actions.put_into_production(make_version(task, 1, 3), by=None, reason="x" * 501)


def test_the_page_shows_the_card_of_the_archive(client, task):
    version = make_version(task, 1, 3)
    card = {
        "backend": "vlm",
        "base": {"name": "SmolVLM-500M", "revision": "abc123"},
        "params": {"learning_rate": 0.001},
        "seed": 1,
        "max_tokens": 100,
        "data": {"hash": "f" * 64, "train": 5, "test": 2, "excluded": 0, "datasets": ["cards"]},
        "schema": [{"name": "colour", "type": "string", "choices": ["red"], "required": True}],
        "prompts": [
            {"dataset": "cards", "system_prompt": "", "user_prompt": "Look.", "result_template": ""}
        ],
        "machine": {"device": "NVIDIA H100", "libraries": {"torch": "2.13.0"}},
        "times": {"seconds": 90, "waited_seconds": 3},
        "requested_by": "Ada",
    }
    give_archive(version, card_json=card)
    client.force_login(make_member(Role.ANNOTATOR, workspace=task.workspace).user)

    text = client.get(reverse("training:version", args=[version.pk])).content.decode()

    for shown in ("SmolVLM-500M", "abc123", "NVIDIA H100", "torch 2.13.0", "Ada", "Look."):
        assert shown in text


def test_only_an_admin_of_the_workspace_pins(client, task):
    version = make_version(task, 1, 3)
    url = reverse("training:production", args=[version.pk])
    answers = []
    for role, workspace in [(Role.REVIEWER, task.workspace), (Role.ADMIN, make_workspace())]:
        client.force_login(make_member(role, workspace=workspace).user)
        answers.append(client.post(url, {"reason": "mine"}).status_code)

    assert answers == [403, 404]
