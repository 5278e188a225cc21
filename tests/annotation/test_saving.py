"""Saving what changed: what a script may count on, for each field and for all, and who holds a sample."""

import math
import re
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


def change(variable, text, *, rev=0, operation=None, after=None):
    """One changed field, as the page sends it."""
    key = variable.pk
    sent = {f"v-{key}": text, f"rev-{key}": rev, f"operation-{key}": operation or uuid.uuid4()}
    return sent | ({f"after-{key}": after} if after else {})


def save(client, sample, text, *, variable=None, rev=0, operation=None, after=None, **extra):
    """Send one field as the page does."""
    variable = variable or sample.dataset.variables.get(name="grade")
    sent = change(variable, text, rev=rev, operation=operation, after=after)
    return client.post(at("save", sample), sent | extra, headers=JSON)


def outcome(response):
    """What became of the only field of a request."""
    assert response.status_code == 200, response.text
    [one] = response.json()["fields"].values()
    return one


def test_the_first_save_makes_the_answer_and_says_its_revision(annotator, member, sample):
    response = save(annotator, sample, "8.5")

    assert outcome(response) == {"status": 200, "rev": 1}
    assert response.json()["held"]
    assert Answer.objects.get().author == member.user
    assert AnswerValue.objects.get().value == 8.5


def test_the_same_operation_twice_is_one_revision(annotator, sample):
    operation = uuid.uuid4()

    first = save(annotator, sample, "8.5", operation=operation)
    again = save(annotator, sample, "8.5", operation=operation)

    assert outcome(first) == outcome(again) == {"status": 200, "rev": 1}
    assert AnswerRevision.objects.count() == 1


def test_a_page_that_missed_an_answer_does_not_meet_itself_as_a_conflict(annotator, sample):
    lost = uuid.uuid4()
    save(annotator, sample, "8", operation=lost)

    response = save(annotator, sample, "8.5", rev=0, after=lost)

    assert outcome(response) == {"status": 200, "rev": 2}


def test_a_second_tab_gets_both_values_and_then_decides(annotator, sample):
    save(annotator, sample, "8")

    refused = outcome(save(annotator, sample, "9", rev=0))
    decided = save(annotator, sample, "9", rev=refused["rev"])

    assert {key: refused[key] for key in ("status", "mine", "theirs", "rev")} == {
        "status": 409,
        "mine": "9",
        "theirs": "8",
        "rev": 1,
    }
    assert 'value="8' in refused["html"]
    assert outcome(decided) == {"status": 200, "rev": 2}


def test_what_the_variable_does_not_allow_is_refused_alone(annotator, sample):
    response = save(annotator, sample, "11")

    assert outcome(response) == {"status": 422, "detail": "Give 10 or less."}
    assert not AnswerValue.objects.exists()


def test_a_variable_taken_away_under_the_open_form_refuses_only_its_own_field(annotator, sample):
    note = make_variable(dataset=sample.dataset, name="note", type="string")
    sample.dataset.variables.filter(name="grade").update(removed_at=timezone.now())

    grade = sample.dataset.variables.get(name="grade")
    sent = change(grade, "5") | change(note, "fine")
    fields = annotator.post(at("save", sample), sent, headers=JSON).json()["fields"]

    assert fields[str(grade.pk)]["status"] == 422
    assert "was removed" in fields[str(grade.pk)]["detail"]
    assert fields[str(note.pk)] == {"status": 200, "rev": 1}


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
    key = sample.dataset.variables.get().pk

    nothing = annotator.post(at("save", sample), {f"v-{key}": "5"})
    nonsense = annotator.post(at("save", sample), {f"v-{key}": "5", f"operation-{key}": "first"})

    assert (nothing.status_code, nothing.json()["fields"]) == (200, {})
    assert nonsense.status_code == 400
    assert not Answer.objects.exists()


def test_unsure_can_be_said_before_there_is_a_value(annotator, sample):
    grade = sample.dataset.variables.get()

    first = save(annotator, sample, "", unsure=str(grade.pk))
    then = save(annotator, sample, "5", unsure=str(grade.pk), rev=outcome(first)["rev"])

    assert (outcome(first)["rev"], outcome(then)["rev"]) == (0, 1)
    assert AnswerValue.objects.get().unsure


def test_the_open_page_holds_its_sample_and_says_who_else_has_it(annotator, member, sample):
    colleague = make_member(workspace=sample.dataset.workspace)
    sample.lease_to(colleague.user)

    refused = annotator.post(at("hold", sample), {"take_over": "1"}).json()
    refused.pop("until")
    Sample.objects.update(leased_until=timezone.now())
    held = annotator.post(at("hold", sample)).json()

    assert refused == {"held": False, "by": colleague.user.display_name, "asked": False}
    assert held["held"]
    assert Sample.objects.get().lease_holder == member.user


@pytest.mark.parametrize("said", ["yes", "no"])
def test_a_reviewer_asks_who_has_a_sample_open_and_gets_it_if_they_say_so(
    annotator, member, sample, said
):
    client = Client()
    annotator.post(at("hold", sample))
    reviewer = make_member(Role.REVIEWER, workspace=sample.dataset.workspace)
    client.force_login(reviewer.user)

    asked = client.post(at("hold", sample), {"take_over": "1"}).json()
    before = Sample.objects.get().leased_until
    told = [annotator.post(at("hold", sample)).json(), save(annotator, sample, "5").json()]
    page = annotator.get(at("sample", sample))
    stranger = client.post(at("hand_over", sample), {"answer": "yes"})
    annotator.post(at("hand_over", sample), {"answer": said})
    late = annotator.post(at("hand_over", sample), {"answer": said})
    then = client.post(at("hold", sample)).json()

    assert (asked["held"], asked["asked"], asked["by"]) == (False, True, member.user.display_name)
    assert [each["wanted_by"] for each in told] == [reviewer.user.display_name] * 2
    assert told[0]["until"] == math.ceil(before.timestamp() * 1000), "an idle page renews nothing"
    assert "asks you to leave this to them" in page.text
    assert (stranger.status_code, late.status_code) == (409, 409)
    assert (then["held"], then.get("asked", False)) == (said == "yes", False)
    assert Sample.objects.get().lease_wanted_by is None


def test_what_was_asked_is_void_once_the_lease_has_ended(annotator, member, sample):
    reviewer = make_member(Role.REVIEWER, workspace=sample.dataset.workspace)
    annotator.post(at("hold", sample))
    Sample.objects.update(lease_wanted_by=reviewer.user, leased_until=timezone.now())

    held = annotator.post(at("hold", sample)).json()

    assert "wanted_by" not in held
    assert Sample.objects.get().lease_wanted_by is None


def test_the_lease_never_decides_about_a_save(annotator, sample):
    sample.lease_to(make_member(workspace=sample.dataset.workspace).user)

    assert save(annotator, sample, "5").status_code == 200


def test_all_changed_fields_go_in_one_request_and_each_has_its_own_outcome(
    annotator, dataset, sample
):
    grade = dataset.variables.get()
    note, year = (make_variable(dataset=dataset, name=n, type="string") for n in ("note", "year"))
    save(annotator, sample, "theirs", variable=year)

    sent = change(grade, "11") | change(note, "fine") | change(year, "mine")
    response = annotator.post(at("save", sample), sent | {"whole": "1"}, headers=JSON).json()

    assert {key: each["status"] for key, each in response["fields"].items()} == {
        str(grade.pk): 422,
        str(note.pk): 200,
        str(year.pk): 409,
    }
    assert AnswerValue.objects.get(variable=note).value == "fine"
    assert "Give 10 or less." in response["rendered"]


def test_a_save_renews_the_leases_of_the_open_sample_and_of_those_at_hand(
    annotator, member, sample
):
    at_hand, others = make_sample(dataset=sample.dataset), make_sample(dataset=sample.dataset)
    colleague = make_member(workspace=sample.dataset.workspace).user
    others.lease_to(colleague)

    held = save(annotator, sample, "5", ahead=[str(at_hand.pk), str(others.pk)]).json()

    assert held["held"]
    holders = dict(Sample.objects.values_list("pk", "lease_holder"))
    assert holders == {
        sample.pk: member.user.pk,
        at_hand.pk: member.user.pk,
        others.pk: colleague.pk,
    }


def test_the_sample_after_this_one_is_leased_when_it_is_loaded_and_released_on_leaving(
    annotator, member, dataset, sample
):
    second, third = make_sample(dataset=dataset), make_sample(dataset=dataset)
    colleague = Client()
    colleague.force_login(make_member(workspace=dataset.workspace).user)
    annotator.post(at("hold", sample))

    mine = annotator.post(at("ahead", dataset), {"exclude": str(sample.pk)})
    theirs = colleague.post(at("ahead", dataset))
    until = int(re.search(r'data-held="(\d+)"', theirs.text)[1])
    left = {"ahead": [str(second.pk), str(third.pk)]}
    colleague.post(at("release", dataset), left | {"until": until - 1})
    assert Sample.objects.get(pk=third.pk).lease_holder, "leased anew by another page"
    colleague.post(at("release", dataset), left | {"until": until})

    assert f'data-sample="{second.pk}"' in mine.text
    assert f'data-sample="{third.pk}"' in theirs.text
    assert "<html" not in mine.text
    holders = dict(Sample.objects.values_list("pk", "lease_holder"))
    assert holders == {sample.pk: member.user.pk, second.pk: member.user.pk, third.pk: None}


def test_the_response_of_a_save_says_what_keeps_the_answer_from_being_trained(
    annotator, dataset, sample
):
    dataset.result_template = make_prompt(
        workspace=dataset.workspace, type="template", format="json", content='{"g": {{grade}}}'
    )
    dataset.save()

    good = save(annotator, sample, "8", whole="1").json()["rendered"]
    bad = save(annotator, sample, "11", whole="1").json()["rendered"]

    assert "{&quot;g&quot;: 8.0}" in good
    assert "Reads back" in good
    assert "Give 10 or less." in bad


@pytest.mark.parametrize("name", ["sample", "ahead", "save", "submit"])
def test_more_variables_pictures_and_samples_cost_no_more_queries(annotator, dataset, sample, name):
    def cost():
        samples = [make_sample(dataset=dataset) for _ in range(3)]
        for each in samples:
            save(annotator, each, "5")
        return count_queries(annotator, name, samples[0])

    make_variable(dataset=dataset, name="typed_last", type="string", position=1)
    few = cost()
    for number in range(5):
        make_variable(dataset=dataset, name=f"more_{number}", type="string", position=number + 2)
        make_sample(dataset=dataset)
    for each in Sample.objects.all():
        for number in range(5):
            image = make_image(dataset.workspace)
            each.sample_images.create(image=image, order=number)
            each.sample_objects.create(
                detection_object=make_object(image), slot=number, order=number
            )

    assert cost() <= few


def count_queries(client, name, sample):
    """The queries of one request as a page makes it that types into each field."""
    dataset, sent = sample.dataset, {"whole": "1"}
    for variable in dataset.variables.all():
        rev = 0 if variable.name != "grade" else 1
        sent |= change(variable, "6", rev=rev)
    with CaptureQueriesContext(connection) as queries:
        if name == "sample":
            response = client.get(at("sample", sample))
        elif name == "ahead":
            response = client.post(at("ahead", dataset), {"exclude": str(sample.pk)})
        else:
            response = client.post(at(name, sample), sent, headers=JSON | {"HX-Request": "true"})
    assert response.status_code == 200, response.text
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
