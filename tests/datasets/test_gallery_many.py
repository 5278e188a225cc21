"""What is done with many samples of the gallery at once, and by whom."""

import pytest
from django.test import Client

from annotator.accounts.models import AuditEvent, Role
from annotator.datasets.models import Sample
from tests.datasets.galleries import address, give, named, post
from tests.factories import make_dataset, make_member, make_user

pytestmark = pytest.mark.django_db

State = Sample.State


def test_picked_samples_move_to_the_test_split(browser_of, dataset):
    a, b, _ = named(dataset, "a", "b", "c")

    response = post(browser_of(Role.REVIEWER), dataset, picked="test", sample=[a.pk, b.pk])

    assert response.status_code == 302
    assert set(Sample.objects.filter(test=True)) == {a, b}
    event = AuditEvent.objects.get(action="samples.move")
    assert event.detail == {"split": "test", "count": 2}


def test_all_in_a_filter_move_even_those_on_other_pages(admin, dataset):
    named(dataset, *[f"s{n}" for n in range(70)], state=State.APPROVED)
    named(dataset, "other")

    response = post(admin, dataset, all="test", filter="state=approved")

    assert response.headers["Location"].endswith("?state=approved")
    assert Sample.objects.filter(test=True).count() == 70


def test_a_filter_that_makes_no_sense_changes_nothing(admin, dataset):
    named(dataset, "a")

    post(admin, dataset, all="test", filter="v.nothing=1")

    assert not Sample.objects.filter(test=True).exists()


def test_a_deletion_is_asked_about_first(admin, dataset, grade):
    a, b = named(dataset, "a", "b")
    give(a, grade, 8)

    asked = post(admin, dataset, picked="delete", sample=[a.pk])
    done = post(admin, dataset, picked="delete", sample=[a.pk], confirmed="1")

    assert asked.status_code == 422
    assert asked.context["values"] == 1
    assert done.status_code == 302
    assert list(Sample.objects.filter(removed_at=None)) == [b]


def test_a_deletion_of_a_filter_that_grew_meanwhile_is_asked_about_again(admin, dataset):
    named(dataset, "a", "b")

    response = post(admin, dataset, all="delete", filter="", confirmed="1")

    assert response.status_code == 422
    assert response.context["changed"]
    assert Sample.objects.filter(removed_at=None).count() == 2


def test_samples_of_another_dataset_are_left_alone(admin, dataset, workspace):
    (other,) = named(make_dataset(workspace=workspace), "other")

    post(admin, dataset, picked="test", sample=[other.pk])

    other.refresh_from_db()
    assert not other.test


@pytest.mark.parametrize("verb", ["test", "delete"])
def test_only_the_right_roles_change_many(browser_of, dataset, verb):
    (sample,) = named(dataset, "a")
    role = Role.ANNOTATOR if verb == "test" else Role.REVIEWER

    response = post(browser_of(role), dataset, picked=verb, sample=[sample.pk], confirmed="1")

    sample.refresh_from_db()
    assert response.status_code == 403
    assert (sample.test, sample.removed_at) == (False, None)


def test_an_outsider_can_neither_look_nor_change(dataset):
    (sample,) = named(dataset, "a")
    outsider = Client()
    outsider.force_login(make_member(Role.ADMIN).user)
    nobody = Client()
    nobody.force_login(make_user())

    assert outsider.get(address(dataset)).status_code == 404
    assert post(outsider, dataset, picked="test", sample=[sample.pk]).status_code == 404
    assert nobody.get(address(dataset)).status_code == 403


def test_nonsense_instead_of_samples_or_verbs_is_refused(admin, dataset):
    assert post(admin, dataset, picked="test", sample=["x"]).status_code == 400
    assert post(admin, dataset, picked="burn").status_code == 400
