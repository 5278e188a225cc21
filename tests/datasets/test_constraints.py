"""What must always hold is held by the database itself, past every action: on both of them."""

import pytest
from django.db import IntegrityError, transaction

from annotator.accounts.models import ApiToken, Membership, Role
from annotator.datasets.actions import create_variable
from annotator.datasets.models import Prompt, Sample, SampleObject, Variable, VariableValue
from annotator.datasets.models.value import ValueRevision
from annotator.errors import BadInput
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_token,
    make_variable,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def two_values():
    sample, variable = make_sample(), make_variable()
    for _ in range(2):
        VariableValue.objects.create(sample=sample, variable=variable, value=1)


def two_revisions():
    row = VariableValue.objects.create(sample=make_sample(), variable=make_variable(), value=1)
    for _ in range(2):
        ValueRevision.objects.create(value_row=row, rev=1, value=1, origin="api")


def two_names():
    dataset = make_dataset()
    for _ in range(2):
        make_variable(dataset=dataset, name="grade")


def an_eleventh_object():
    sample, image = make_sample(), make_image()
    for slot in range(11):
        thing = make_object(image)
        SampleObject.objects.create(sample=sample, detection_object=thing, slot=slot, order=slot)


def two_in_one_slot():
    sample, image = make_sample(), make_image()
    for _ in range(2):
        SampleObject.objects.create(sample=sample, detection_object=make_object(image), slot=0)


def two_memberships():
    member = make_member(Role.ADMIN)
    make_member(Role.REVIEWER, user=member.user, workspace=member.workspace)


def an_empty_box():
    make_object(make_image(), box=(4, 4, 4, 30))


def an_unknown_role():
    make_member(Role.ADMIN)
    Membership.objects.update(role="owner")


def an_unknown_scope():
    make_token()
    ApiToken.objects.update(scope="all")


def an_unknown_kind_of_prompt():
    make_prompt()
    Prompt.objects.update(type="other")


def an_unknown_state():
    make_sample()
    Sample.objects.update(state="lost")


@pytest.mark.parametrize(
    "breach",
    [
        two_values,
        two_revisions,
        two_names,
        an_eleventh_object,
        two_in_one_slot,
        two_memberships,
        an_empty_box,
        an_unknown_role,
        an_unknown_scope,
        an_unknown_kind_of_prompt,
        an_unknown_state,
    ],
)
def test_the_database_refuses(breach):
    with pytest.raises(IntegrityError), transaction.atomic():
        breach()


def test_a_type_that_is_not_registered_is_refused():
    with pytest.raises(BadInput, match="Choose one of: string, integer"):
        create_variable(make_dataset(), by=None, name="day", type="date")


def test_a_removed_variable_gives_its_name_free():
    removed = make_variable(name="grade")
    Variable.objects.update(removed_at=removed.created_at)

    make_variable(dataset=removed.dataset, name="grade")

    assert Variable.objects.filter(name="grade").count() == 2
