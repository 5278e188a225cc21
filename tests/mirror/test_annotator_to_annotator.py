"""One Annotator mirrors another over HTTP, and pushes back to it: the two speak the same API."""

import pytest

from annotator.accounts.models import Role
from annotator.connections import actions as connections
from annotator.datasets.actions import add_images, add_objects, set_value
from annotator.datasets.models import Sample, SampleObject, VariableValue
from annotator.mirror import actions
from annotator.push import jobs
from annotator.push.models import Delivery
from annotator.training.models import Task
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_token,
    make_variable,
    make_workspace,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home():
    """A dataset at home here, with one whole sample and one to label."""
    member = make_member(Role.ADMIN)
    workspace = member.workspace
    prompt = make_prompt(workspace=workspace, content="Grade {{style}}.")
    template = make_prompt(
        workspace=workspace, type="template", format="json", content='{"grade": {{grade}}}'
    )
    dataset = make_dataset(workspace=workspace, user_prompt=prompt, result_template=template)
    grade = make_variable(dataset=dataset, name="grade", required=True, min_value=0, max_value=10)
    one, two = (make_sample(dataset=dataset, name=name) for name in ("One", "Two"))
    image = make_image(workspace)
    add_images(one, [image], by=None)
    add_objects(one, [make_object(image)], by=None)
    set_value(one, grade, 7.5, origin="typed", by=None)
    task = Task.objects.create(workspace=workspace, name="Grader", user_prompt=prompt)
    task.datasets.add(dataset)
    dataset.token = make_token(member)
    dataset.two = two
    return dataset


@pytest.fixture
def run(home, live_server, settings):
    """Mirror it into another workspace until nothing is left to do."""
    settings.PRIVATE_REMOTES = frozenset([live_server.url.removeprefix("http://")])
    remote = connections.connect(
        make_workspace(), name="Home", base_url=live_server.url, token=home.token, by=None
    )
    assert connections.test(remote, by=None).works

    def mirror():
        started = actions.start_mirror(remote, str(home.pk), None)
        while actions.run_steps(started.pk):
            pass
        started.refresh_from_db()
        return started

    return mirror


def test_everything_comes_over_and_comes_once(home, run):
    first, second = run(), run()

    assert (first.state, first.error) == ("done", "")
    assert (second.report.get("same"), second.report.get("changed")) == (2, None)
    copy = Sample.objects.get(dataset=first.dataset, name="One")
    assert (copy.state, copy.values.get().value) == ("approved", 7.5)
    assert [image.state for image in copy.images.all()] == ["stored"]
    assert SampleObject.objects.get(sample=copy).detection_object.bbox == [4, 4, 40, 30]
    assert copy.own_user_prompt is None
    assert first.dataset.result_format == "json"
    assert Task.objects.get(workspace=first.dataset.workspace).name == "Grader"


def test_an_answer_given_here_arrives_at_home_and_is_read_back(home, run):
    dataset = run().dataset
    copy = Sample.objects.get(dataset=dataset, name="Two")
    set_value(copy, dataset.variables.get(), 9.0, origin="typed", by=None)

    jobs.push_sample(str(copy.pk))

    assert VariableValue.objects.get(sample=home.two).value == 9.0
    line = Delivery.objects.get()
    assert (line.state, line.read_back) == ("confirmed", True)
    assert run().report.get("conflicts") is None
