"""Variables made of a JSON Schema or of Pydantic source, and the schema page that shows both."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Variable
from tests.factories import make_dataset, make_member, make_variable

pytestmark = pytest.mark.django_db

SOURCE = "class Card(BaseModel):\n    grade: float\n    note: str | None = None\n    link: Url\n"


@pytest.fixture
def page(client):
    """The client, signed in as an admin, the dataset and the page's address."""
    admin = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=admin.workspace)
    client.force_login(admin.user)
    return client, dataset, reverse("datasets:add_from_schema", args=[dataset.pk])


def test_pydantic_source_adds_variables_and_says_what_it_left_out(page):
    client, dataset, url = page
    make_variable(dataset=dataset, name="note", type="string")

    response = client.post(url, {"source": SOURCE}, follow=True)

    html = response.content.decode()
    assert list(dataset.variables.values_list("name", flat=True)) == ["note", "grade"]
    assert "1 variable added." in html
    assert "note is there already." in html
    assert "link: left out" in html
    assert "grade: float" in html


@pytest.mark.parametrize("source", ["", "nonsense (", "{}", "class A(BaseModel):\n    x: Url\n"])
def test_what_holds_no_variable_is_shown_again(page, source):
    client, _, url = page

    response = client.post(url, {"source": source})

    assert response.status_code == 422
    assert not Variable.objects.exists()


def test_a_reviewer_adds_none(page):
    client, dataset, url = page
    client.force_login(make_member(Role.REVIEWER, workspace=dataset.workspace).user)

    assert client.post(url, {"source": SOURCE}).status_code == 403
    assert not Variable.objects.exists()
