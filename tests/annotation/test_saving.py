"""Saving field by field: what a script may count on (200, 401, 403, 409, 422), and who holds a sample."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Membership, Role
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.models import Sample
from tests.factories import (
    PASSWORD,
    make_dataset,
    make_image,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture
def dataset():
    dataset = make_dataset()
    make_variable(dataset=dataset, name="grade", required=True, max_value=10, position=0)
    return dataset


@pytest.fixture
def sample(dataset):
    return make_sample(dataset=dataset)


@pytest.fixture
def member(dataset):
    return make_member(workspace=dataset.workspace)


@pytest.fixture
def annotator(client, member):
    client.force_login(member.user)
    return client


def at(name, *args):
    return reverse(f"annotation:{name}", args=[arg.pk for arg in args])


def save(client, sample, text, *, rev=0, operation=None, variable=None, **extra):
    """Send one field as the page does."""
    variable = variable or sample.dataset.variables.get(name="grade")
    sent = {f"v-{variable.pk}": text, "rev": rev, "operation": operation or uuid.uuid4(), **extra}
    return client.post(at("value", sample, variable), sent, headers=JSON)


def test_the_first_save_makes_the_answer_and_says_its_revision(annotator, member, sample):
    response = save(annotator, sample, "8.5")

    assert (response.status_code, response.json()) == (200, {"rev": 1})
    assert Answer.objects.get().author == member.user
    assert AnswerValue.objects.get().value == 8.5


def test_the_same_operation_twice_is_one_revision(annotator, sample):
    operation = uuid.uuid4()

    first = save(annotator, sample, "8.5", operation=operation)
    again = save(annotator, sample, "8.5", operation=operation)

    assert first.json() == again.json() == {"rev": 1}
    assert AnswerRevision.objects.count() == 1


def test_a_page_that_missed_an_answer_does_not_meet_itself_as_a_conflict(annotator, sample):
    lost = uuid.uuid4()
    save(annotator, sample, "8", operation=lost)

    response = save(annotator, sample, "8.5", rev=0, after=lost)

    assert response.json() == {"rev": 2}


def test_a_second_tab_gets_both_values_and_then_decides(annotator, sample):
    save(annotator, sample, "8")

    refused = save(annotator, sample, "9", rev=0)
    decided = save(annotator, sample, "9", rev=refused.json()["rev"])

    assert refused.status_code == 409
    assert {key: refused.json()[key] for key in ("mine", "theirs", "rev")} == {
        "mine": "9",
        "theirs": "8",
        "rev": 1,
    }
    assert 'value="8' in refused.json()["html"]
    assert decided.json() == {"rev": 2}


def test_what_the_variable_does_not_allow_is_refused_alone(annotator, sample):
    response = save(annotator, sample, "11")

    assert (response.status_code, response.json()) == (422, {"detail": "Give 10 or less."})
    assert not AnswerValue.objects.exists()


def test_a_variable_taken_away_under_the_open_form_refuses_only_its_own_field(annotator, sample):
    note = make_variable(dataset=sample.dataset, name="note", type="string")
    sample.dataset.variables.filter(name="grade").update(removed_at=timezone.now())

    refused = save(annotator, sample, "5")
    kept = save(annotator, sample, "fine", variable=note)

    assert refused.status_code == 422
    assert "was removed" in refused.json()["detail"]
    assert kept.status_code == 200


def test_signed_out_is_told_as_401_and_never_as_a_page(client, sample):
    response = save(client, sample, "5")

    assert response.status_code == 401
    assert "kept" in response.json()["detail"]


def test_after_signing_in_again_the_same_save_goes_through(member, sample):
    client = Client(enforce_csrf_checks=True)
    client.login(username=member.user.username, password=PASSWORD)
    client.get(at("sample", sample))
    client.cookies.pop("sessionid")
    operation = uuid.uuid4()
    token = client.get(reverse("accounts:sign_in_again")).json()["csrf_token"]
    refused = save(client, sample, "5", operation=operation, csrfmiddlewaretoken=token)

    signed_in = client.post(
        reverse("accounts:sign_in_again"),
        {"username": member.user.username, "password": PASSWORD},
        headers={"X-CSRFToken": token},
    ).json()
    saved = save(
        client, sample, "5", operation=operation, csrfmiddlewaretoken=signed_in["csrf_token"]
    )

    assert (refused.status_code, saved.status_code) == (401, 200)


def test_who_lost_their_role_is_refused_and_a_foreign_sample_is_not_found(
    annotator, member, sample
):
    outsider = Client()
    outsider.force_login(make_member(Role.ADMIN).user)
    Membership.objects.filter(pk=member.pk).delete()

    assert save(annotator, sample, "5").status_code == 403
    assert save(outsider, sample, "5").status_code == 404
    assert not Answer.objects.exists()


def test_a_field_of_another_dataset_is_not_found(annotator, sample):
    assert save(annotator, sample, "5", variable=make_variable()).status_code == 404


def test_without_an_operation_nothing_is_saved(annotator, sample):
    variable = sample.dataset.variables.get()

    response = annotator.post(at("value", sample, variable), {f"v-{variable.pk}": "5"})

    assert response.status_code == 400
    assert not AnswerValue.objects.exists()


def test_unsure_can_be_said_before_there_is_a_value(annotator, sample):
    grade = sample.dataset.variables.get()

    first = save(annotator, sample, "", unsure=str(grade.pk))
    then = save(annotator, sample, "5", unsure=str(grade.pk), rev=first.json()["rev"])

    assert (first.json()["rev"], then.json()["rev"]) == (0, 1)
    assert AnswerValue.objects.get().unsure


def test_the_open_page_holds_its_sample_and_says_who_else_has_it(annotator, member, sample):
    colleague = make_member(workspace=sample.dataset.workspace)
    sample.lease_to(colleague.user)

    refused = annotator.post(at("hold", sample), {"take_over": "1"}).json()
    Sample.objects.update(leased_until=timezone.now())
    held = annotator.post(at("hold", sample)).json()

    assert refused == {"held": False, "by": colleague.user.display_name}
    assert held == {"held": True}
    assert Sample.objects.get().lease_holder == member.user


def test_a_reviewer_may_take_a_sample_over(client, sample):
    sample.lease_to(make_member(workspace=sample.dataset.workspace).user)
    reviewer = make_member(Role.REVIEWER, workspace=sample.dataset.workspace)
    client.force_login(reviewer.user)

    assert client.post(at("hold", sample), {"take_over": "1"}).json() == {"held": True}


def test_the_lease_never_decides_about_a_save(annotator, sample):
    sample.lease_to(make_member(workspace=sample.dataset.workspace).user)

    assert save(annotator, sample, "5").status_code == 200


def test_people_at_work_look_ahead_at_different_samples(annotator, member, dataset, sample):
    busy = make_sample(dataset=dataset)
    others = [make_sample(dataset=dataset) for _ in range(2)]
    earlier = Membership.objects.create(
        user=member.user.__class__.objects.create(pk=member.user.pk - 1000, username="earlier"),
        workspace=dataset.workspace,
        role=Role.ANNOTATOR,
    )
    busy.lease_to(earlier.user)
    url = at("ahead", dataset)

    mine = annotator.get(url, {"exclude": str(sample.pk)})
    client = Client()
    client.force_login(earlier.user)
    theirs = client.get(url, {"exclude": str(busy.pk)})

    assert f'data-sample="{others[1].pk}"' in mine.text
    assert f'data-sample="{sample.pk}"' in theirs.text


def test_the_preview_says_what_keeps_the_answer_from_being_trained(annotator, dataset, sample):
    dataset.result_template = make_prompt(
        workspace=dataset.workspace, type="template", format="json", content='{"g": {{grade}}}'
    )
    dataset.save()
    key = f"v-{dataset.variables.get().pk}"

    good = annotator.post(at("preview", sample), {key: "8"})
    bad = annotator.post(at("preview", sample), {key: "11"})

    assert "{&quot;g&quot;: 8.0}" in good.text
    assert "Reads back" in good.text
    assert "Give 10 or less." in bad.text


@pytest.mark.parametrize("name", ["sample", "ahead"])
def test_more_variables_pictures_and_samples_cost_no_more_queries(annotator, dataset, sample, name):
    url = at("sample", sample) if name == "sample" else at("ahead", dataset)
    make_sample(dataset=dataset)
    few = count_queries(annotator, url)
    for number in range(5):
        make_variable(dataset=dataset, name=f"more_{number}", type="string", position=number + 1)
        image = make_image(dataset.workspace)
        sample.sample_images.create(image=image, order=number)
        sample.sample_objects.create(detection_object=make_object(image), slot=number, order=number)
        make_sample(dataset=dataset)
    for variable in dataset.variables.all():
        save(annotator, sample, "5", variable=variable)

    assert count_queries(annotator, url) <= few + 1  # the answer that now exists has values


def count_queries(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_submitting_a_saved_form_costs_no_query_per_field(annotator, dataset):
    def queries_with(fields):
        sample = make_sample(dataset=dataset)
        variables = list(dataset.variables.all())
        for variable in variables:
            save(annotator, sample, "5", variable=variable)
        sent = {f"v-{v.pk}": "5" for v in variables} | {f"rev-{v.pk}": 1 for v in variables}
        with CaptureQueriesContext(connection) as queries:
            assert annotator.post(at("submit", sample), sent).status_code == 302
        return len(queries)

    few = queries_with(1)
    for number in range(4):
        make_variable(dataset=dataset, name=f"more_{number}", position=number + 1)

    assert queries_with(5) <= few
