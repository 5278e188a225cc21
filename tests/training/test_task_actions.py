"""Tasks keep to their own workspace."""

import pytest

from annotator.accounts.models import AuditEvent, Role
from annotator.datasets.models import Dataset, Prompt
from annotator.errors import BadInput
from annotator.training import actions
from tests.factories import make_member, make_workspace

pytestmark = pytest.mark.django_db


def test_a_task_is_made_with_its_datasets_and_leaves_a_line_in_the_audit_trail():
    admin = make_member(Role.ADMIN)
    dataset = Dataset.objects.create(workspace=admin.workspace, name="cards")

    task = actions.create_task(admin.workspace, by=admin.user, name="Grade", datasets=[dataset])

    assert list(task.datasets.all()) == [dataset]
    assert AuditEvent.objects.get(object_id=str(task.pk)).action == "task.create"


def test_a_dataset_of_another_workspace_cannot_be_connected():
    admin = make_member(Role.ADMIN)
    task = actions.create_task(admin.workspace, by=admin.user, name="Grade")
    foreign = Dataset.objects.create(workspace=make_workspace(), name="theirs")

    with pytest.raises(BadInput):
        actions.add_dataset(task, foreign, by=admin.user)

    assert not task.datasets.exists()


def test_a_user_prompt_cannot_be_set_as_system_prompt():
    admin = make_member(Role.ADMIN)
    prompt = Prompt.objects.create(workspace=admin.workspace, name="Ask", type="user")

    with pytest.raises(BadInput) as caught:
        actions.create_task(admin.workspace, by=admin.user, name="Grade", system_prompt=prompt)

    assert "system_prompt_id" in caught.value.fields


def test_only_a_trained_version_can_go_into_production():
    admin = make_member(Role.ADMIN)
    task = actions.create_task(admin.workspace, by=admin.user, name="Grade")

    with pytest.raises(BadInput):
        actions.update_task(task, by=admin.user, production_version=1)
