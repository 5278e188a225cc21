"""A dataset that asks two people, its people and their answers."""

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.datasets.models import Sample
from tests.factories import make_dataset, make_member, make_variable, make_workspace


def make_shared(**fields):
    """A dataset that asks two people each, and what it asks."""
    fields = {"answers_per_sample": 2, "workspace": make_workspace(), **fields}
    dataset = make_dataset(**fields)
    return dataset, make_variable(dataset=dataset, name="grade", required=True)


def people(dataset, number, role=Role.ANNOTATOR):
    return [make_member(role, workspace=dataset.workspace) for _ in range(number)]


def give(sample, member, grade):
    """The person's submitted answer."""
    sample = Sample.objects.select_related("dataset").get(pk=sample.pk)
    answer = open_answer(sample, by=member.user)
    return submit(answer, dict.fromkeys(sample.dataset.variables.live(), grade), by=member.user)


def states(sample):
    """The sample's state, then those of its answers, the first submitted first."""
    sample.refresh_from_db()
    answers = sample.answers.order_by("submitted_at", "created_at")
    return [sample.state, *answers.values_list("state", flat=True)]
