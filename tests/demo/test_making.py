"""The demo is made once, goes on after a kill, and leaves nothing double."""

from dataclasses import replace
from time import monotonic, sleep

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import ApiToken, User, Workspace
from annotator.annotation.models import Answer
from annotator.connections.models import Remote
from annotator.datasets.models import Dataset, Prompt, Sample, SampleObject, VariableValue
from annotator.datasets.rendering import render_sample
from annotator.demo import checkpoints, jobs
from annotator.demo.drawing import cards
from annotator.demo.models import Demo, Step
from annotator.demo.sets import SETS
from annotator.demo.steps import drawing, predicting
from annotator.disagreements.models import Comparison
from annotator.images.models import Image
from annotator.leases import MAX_LOSSES, LeaseLost
from annotator.mirror import jobs as mirror_jobs
from annotator.mirror.models import MirrorRun
from annotator.push import jobs as push_jobs
from annotator.push.models import Delivery
from annotator.review.models import Review
from annotator.training import actions as training
from annotator.training import jobs as training_jobs
from annotator.training.models import ModelVersion
from tests.demo.conftest import TOKEN
from tests.factories import make_dataset


def step_of(demo, kind, key):
    return demo.steps.select_related("demo__admin", "dataset__workspace").get(
        kind=kind, set_key=key
    )


def leased(demo, kind, key):
    step = step_of(demo, kind, key)
    Step.objects.exclude(pk=step.pk).update(ended_at=timezone.now())
    return checkpoints.take()


def draw_all(demo, key):
    step = leased(demo, "draw", key)
    while drawing.step(step) is not None:
        pass
    return step


def counts():
    models = (User, Workspace, ApiToken, Prompt, Dataset, Sample, Image, VariableValue, Step)
    return {model.__name__: model.objects.count() for model in models}


def test_a_second_call_adds_nothing(small, db, capsys):
    call_command("make_demo", password="simple", token=TOKEN)
    while checkpoints.take():
        pass
    before = counts()

    call_command("make_demo", password="other", token="b" * 40)

    assert counts() == before
    assert Demo.objects.count() == 1


@pytest.mark.parametrize("key", list(SETS))
def test_a_drawn_dataset_has_its_samples_and_values_which_render_whole(small, demo, key):
    step = draw_all(demo, key)
    samples = Sample.objects.filter(dataset=step.dataset)
    demo_set = SETS[key]

    assert samples.count() == demo_set.samples == step.done
    for sample in samples:
        number = demo_set.number_of(sample.name)
        known = {row.variable.name: row.value for row in sample.values.select_related("variable")}
        assert known == demo_set.known_values(number)
        assert sample.test == demo_set.is_test(number)
        assert sample.images.count() == len(demo_set.pictures(number))
        if sample.state == Sample.State.APPROVED:
            rendered = render_sample(sample, known)
            assert rendered.is_whole, rendered.problems
            assert not rendered.empty_places
    if demo_set.labels:
        assert SampleObject.objects.exists()


def test_what_the_cards_share_is_kept_no_longer_than_they_are_drawn(demo, monkeypatch):
    monkeypatch.setitem(SETS, "graded_cards", replace(SETS["graded_cards"], samples=2))
    step = leased(demo, "draw", "graded_cards")
    drawing.step(step)
    shared = [cards.tabletop, cards.back]
    assert all(each.cache_info().currsize for each in shared)

    while drawing.step(step) is not None:
        pass

    assert not any(each.cache_info().currsize for each in shared)


def test_a_worker_that_died_leaves_its_step_to_another_without_doubles(small, demo):
    dead = leased(demo, "draw", "shelf_labels")
    drawing.step(dead)
    Step.objects.filter(pk=dead.pk).update(leased_until=timezone.now())

    other = checkpoints.take()
    with pytest.raises(LeaseLost):
        drawing.step(dead)
    while drawing.step(other) is not None:
        pass

    assert other.pk == dead.pk
    assert Sample.objects.count() == 6
    assert len(set(Sample.objects.values_list("name", flat=True))) == 6


def test_a_step_that_kills_its_workers_is_given_up(demo):
    step = step_of(demo, "draw", "shelf_labels")
    Step.objects.exclude(pk=step.pk).update(ended_at=timezone.now())
    for _ in range(MAX_LOSSES):
        assert checkpoints.take()
        Step.objects.update(leased_until=timezone.now())

    assert checkpoints.take() is None
    assert Step.objects.get(pk=step.pk).error


def test_nothing_is_drawn_into_a_dataset_that_was_removed(demo):
    step = leased(demo, "draw", "shelf_labels")
    step.dataset.removed_at = timezone.now()

    assert drawing.step(step) is None
    assert not Sample.objects.exists()


def test_no_other_step_begins_before_the_one_it_waits_for(demo):
    first = checkpoints.take()

    assert (first.kind, first.set_key) == ("draw", "shelf_labels")
    assert checkpoints.take() is None


def test_a_copy_of_platforms_dataset_gets_a_task_of_its_own_in_studio(small, demo):
    step = step_of(demo, "predict", "graded_cards")
    assert predicting.step(step) is None, "not mirrored yet"
    copied = {"remote": demo.remote, "remote_key": str(step.dataset_id)}
    copy = make_dataset(workspace=demo.studio, **copied)

    predicting.step(step)

    task = copy.tasks.get()
    assert (task.name, task.workspace) == ("Card grader, trained here", demo.studio)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_whole_demo_comes_to_its_end(small, live_server, settings, celery_worker):
    settings.BIND = live_server.url.removeprefix("http://")
    settings.PRIVATE_REMOTES = frozenset([settings.BIND])
    call_command("make_demo", password="simple", token=TOKEN)
    until = monotonic() + 90
    unsent = Delivery.objects.exclude(state=Delivery.State.CONFIRMED)
    while (Step.objects.left().exists() or unsent.exists()) and monotonic() < until:
        jobs.sweep()
        mirror_jobs.sweep()
        push_jobs.sweep()
        sleep(0.5)

    assert list(Step.objects.left().values_list("kind", "set_key")) == []
    assert not Step.objects.exclude(error="").exists()
    studio = Workspace.objects.get(name="Studio")
    assert set(studio.datasets.values_list("name", flat=True)) == {
        "Shelf labels",
        "Graded cards",
        "Street scenes",
    }
    assert MirrorRun.objects.filter(state="done").count() == 2
    assert not Sample.objects.filter(dataset__workspace=studio, images=None).exists()
    assert Remote.objects.get().checked_at
    colors = studio.datasets.get(name="Street scenes").variables.get(name="vehicle_colors")
    assert colors.item_schema["type"] == "string"
    assert Answer.objects.filter(state=Answer.State.APPROVED).exists()
    assert not Review.objects.filter(created_at__gt=timezone.now()).exists()
    assert Delivery.objects.exists()
    assert not unsent.exists()
    assert set(Comparison.objects.values_list("state", flat=True)) == {"done"}


def test_home_says_how_far_the_drawing_is(client, demo):
    client.force_login(demo.admin)
    Step.objects.filter(kind="draw", set_key="shelf_labels").update(done=12)

    page = client.get(reverse("home:home")).content.decode()

    assert "12 of 360" in page

    Step.objects.update(ended_at=timezone.now())

    assert "being made" not in client.get(reverse("home:home")).content.decode()


@pytest.mark.slow
def test_the_baseline_tells_a_cards_condition_better_than_guessing(demo, settings):
    step = draw_all(demo, "graded_cards")
    run = training.start(step.dataset.tasks.get(), by=demo.admin)

    training_jobs.train(str(run.pk))

    (version,) = ModelVersion.objects.filter(task=run.task)
    by_name = {variable["name"]: variable for variable in version.metrics["variables"]}
    assert by_name["condition"]["score"] > by_name["condition"]["trivial"]
    assert by_name["grade"]["score"] > by_name["grade"]["trivial"]
