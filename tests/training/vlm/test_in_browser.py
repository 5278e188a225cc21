"""In a browser from an empty task to a version that is pinned: killed, cancelled, resumed, compared."""

import signal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.training.models import Task, TrainingRun
from tests.annotation.conftest import sign_in
from tests.factories import make_member
from tests.training.vlm.test_trials import child_of, wait_for, wait_for_step

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders", "celery_worker"),
]
LONG = 240_000  # milliseconds that a training may take
STEPS = 300


def test_from_an_empty_task_to_a_pinned_version_that_was_killed_and_resumed(
    page, live_server, dataset
):
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    page.set_default_timeout(20_000)
    sign_in(page, live_server, admin)
    page.goto(live_server.url + reverse("training:new"))
    page.get_by_label("Name").fill("Colours")
    page.get_by_label(dataset.name).check()
    page.locator("[name=max_tokens]").fill("40")
    page.locator("[name=auto_deploy]").uncheck()
    page.get_by_role("button", name="Save").click()
    train_to_the_end(page, version=1)

    choose_the_model(page)
    train_killed_and_cancelled(page)
    resume(page)
    compare(page)
    pin(page)

    task = Task.objects.get()
    assert (task.last_version, task.production_version) == (2, 2)
    assert (task.production_pinned, task.production_reason) == (
        True,
        "As good, and it answers in text",
    )


def train_to_the_end(page, *, version):
    """Press Train and wait for the version."""
    page.get_by_role("button", name="Train").click()
    expect(page.locator("#run .badge", has_text="Done")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("heading", name=f"Version {version}, per variable")).to_be_visible()


def choose_the_model(page):
    """The task's backend becomes the tiny base, for a few steps."""
    page.get_by_role("link", name="Settings").click()
    page.locator("[name=backend]").select_option("vlm")
    page.locator("[name=vlm-base]").select_option("tiny")
    for heading in ("Validation and tests", "Memory, checkpoints and seed"):
        page.locator("#parameters-vlm summary", has_text=heading).click()
    for name, value in {
        "epochs": 100,
        "max_steps": STEPS,
        "batch_size": 8,
        "validation_percent": 10,
        "checkpoint_steps": 10,
    }.items():
        page.locator(f"[name=vlm-{name}]").fill(str(value))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Vision-language model")).to_be_visible()


def train_killed_and_cancelled(page):
    """The page shows how it learns; its process is killed and goes on; then it is cancelled."""
    page.get_by_role("button", name="Train").click()
    run_card = page.locator("#run")
    expect(run_card.get_by_role("heading", name="Training now")).to_be_visible()
    run = TrainingRun.objects.get(backend="vlm")
    wait_for_step(run, 15)
    first = child_of(run)
    first.send_signal(signal.SIGKILL)
    wait_for(run, lambda: child_of(run).pid != first.pid)
    expect(run_card).to_contain_text("samples a second", timeout=LONG)
    expect(run_card.locator("figcaption", has_text="Loss")).to_contain_text("validation")

    run_card.get_by_role("button", name="Cancel run").click()

    expect(run_card.locator(".badge", has_text="Cancelled")).to_be_visible(timeout=LONG)
    run.refresh_from_db()
    assert run.step < STEPS


def resume(page):
    """It goes on from its checkpoint and comes to its end, with one point of the curve for each step."""
    page.get_by_role("button", name="Go on from the last checkpoint").click()
    expect(page.locator("#run .badge", has_text="Done")).to_be_visible(timeout=LONG)
    run = TrainingRun.objects.get(backend="vlm")
    steps = list(run.metrics.filter(name="loss of training").values_list("step", flat=True))
    assert sorted(steps) == list(range(1, STEPS + 1))
    page.get_by_role("link", name="Version 2").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 2")


def compare(page):
    """Beside the baseline's version, on the same samples, down to one of them."""
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_text("20 test samples of both versions")).to_be_visible()
    row = page.get_by_role("row", name="colour").first
    expect(row.locator("[data-label=n]")).to_have_text("20")
    expect(row.locator("[data-label='Version 1']")).to_contain_text("%")
    expect(row.locator("[data-label='Version 2']")).to_contain_text("%")
    row.get_by_role("link", name="colour").click()
    expect(page.locator("#pairs img").first).to_be_visible()


def pin(page):
    """Into production with a reason, and kept there."""
    page.get_by_role("link", name="Colours").first.click()
    page.get_by_role("table").get_by_role("link", name="2", exact=True).click()
    page.locator("summary", has_text="Put into production").click()
    page.get_by_label("Reason").fill("As good, and it answers in text")
    page.get_by_label("Keep it when newer versions are trained").check()
    page.get_by_role("button", name="Put into production").click()
    tile = page.locator(".tile", has_text="Use")
    expect(tile).to_contain_text("Pinned")
    expect(tile).to_contain_text("As good, and it answers in text")
