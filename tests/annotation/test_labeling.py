"""The labeling page without JavaScript: what is shown, saved, refused and submitted."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.actions import set_value
from annotator.datasets.models import Dataset, Origin, Sample
from annotator.push.models import Delivery
from annotator.review.actions import return_answer
from tests.factories import (
    make_answer,
    make_dataset,
    make_member,
    make_prompt,
    make_remote,
    make_sample,
    make_user,
    make_variable,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    dataset = make_dataset(name="Cards")
    make_variable(dataset=dataset, name="grade", required=True, max_value=10, position=0)
    make_variable(dataset=dataset, name="note", type="string", position=1)
    dataset.result_template = make_prompt(
        workspace=dataset.workspace,
        type="template",
        format="json",
        content='{"grade": {{grade}}, "note": "{{note}}"}',
    )
    dataset.save()
    return dataset


@pytest.fixture
def member(dataset):
    return make_member(workspace=dataset.workspace)


@pytest.fixture
def annotator(client, member):
    client.force_login(member.user)
    return client


def typed(dataset, *, revs=None, **values):
    """What a browser posts for these values by variable name."""
    sent = {}
    for variable in dataset.variables.live():
        sent[f"v-{variable.pk}"] = values.get(variable.name, "")
        sent[f"rev-{variable.pk}"] = (revs or {}).get(variable.name, 0)
    return sent


def at(name, *args):
    return reverse(f"annotation:{name}", args=[getattr(arg, "pk", arg) for arg in args])


def test_with_one_dataset_left_the_way_leads_straight_to_its_first_sample(annotator, dataset):
    first = make_sample(dataset=dataset)
    make_sample(dataset=dataset)

    page = annotator.get(at("start"), follow=True)

    assert page.redirect_chain[-1][0] == at("sample", first)
    assert f'<h1 class="truncate" aria-current="page">{first}</h1>' in page.text


def test_with_several_datasets_returned_work_stands_first(annotator, member, dataset):
    other = make_dataset(workspace=dataset.workspace, name="Zebras")
    make_sample(dataset=dataset)
    sample = make_sample(dataset=other)
    returned_to(member, sample, reason="Look again")

    page = annotator.get(at("start"))

    assert page.text.index("Zebras") < page.text.index("Cards")
    assert "1 returned to you" in page.text


def test_with_nothing_left_the_page_says_so(annotator, dataset):
    page = annotator.get(at("next", dataset), follow=True)

    assert "Nothing left to label" in page.text


def test_looking_changes_nothing_and_holds_nothing(annotator, dataset):
    sample = make_sample(dataset=dataset)

    annotator.get(at("next", dataset), follow=True)
    annotator.get(at("sample", sample))

    assert not Answer.objects.exists()
    assert Sample.objects.get().lease_holder is None


def test_continuing_by_button_holds_the_sample(annotator, member, dataset):
    make_sample(dataset=dataset)

    annotator.post(at("next", dataset))

    assert Sample.objects.get().lease_holder == member.user


def test_submitting_goes_on_with_the_next_sample_which_is_then_held(annotator, member, dataset):
    first, second = make_sample(dataset=dataset), make_sample(dataset=dataset)

    response = annotator.post(at("submit", first), typed(dataset, grade="8.5", note="fine"))

    assert response.headers["Location"] == f"{at('sample', second)}?after={first.pk}"
    answer = Answer.objects.get()
    assert (answer.state, answer.author) == (Answer.State.SUBMITTED, member.user)
    assert {row.variable.name: row.value for row in answer.values.all()} == {
        "grade": 8.5,
        "note": "fine",
    }
    second.refresh_from_db()
    assert second.lease_holder == member.user


@pytest.mark.parametrize(("review_percent", "deliveries"), [(0, 1), (100, 0)])
def test_submitting_in_a_mirrored_dataset_is_pushed_at_once_unless_it_is_reviewed_first(
    annotator,
    dataset,
    queued_jobs,
    django_capture_on_commit_callbacks,
    review_percent,
    deliveries,
):
    remote = make_remote(workspace=dataset.workspace)
    mirrored = {"remote": remote, "remote_key": "d1"}
    Dataset.objects.filter(pk=dataset.pk).update(review_percent=review_percent, **mirrored)
    dataset.variables.filter(name="grade").update(remote=remote, remote_key="v1")
    sample = make_sample(dataset=dataset, remote=remote, remote_key="s1")

    with django_capture_on_commit_callbacks(execute=True):
        annotator.post(at("submit", sample), typed(dataset, grade="8.5"))

    pushes = [("annotator.push.jobs.push_sample", (str(sample.pk),))] * deliveries
    assert queued_jobs == pushes
    pending = Delivery.objects.filter(state=Delivery.State.PENDING, value_row__sample=sample)
    assert [row.value_row.value for row in pending] == [8.5] * deliveries


def test_what_is_not_allowed_is_said_at_its_field_and_nothing_typed_is_lost(annotator, dataset):
    sample = make_sample(dataset=dataset)

    page = annotator.post(at("submit", sample), typed(dataset, grade="11", note="my long thought"))

    assert page.status_code == 422
    assert "Give 10 or less." in page.text
    assert "my long thought" in page.text
    assert 'value="11"' in page.text
    assert not AnswerValue.objects.exists()


def test_a_required_answer_is_asked_for_when_submitting_but_not_for_a_draft(annotator, dataset):
    sample = make_sample(dataset=dataset)

    refused = annotator.post(at("submit", sample), typed(dataset, note="fine"))
    kept = annotator.post(at("draft", sample), typed(dataset, note="fine"), follow=True)

    assert refused.status_code == 422
    assert "An answer is required." in refused.text
    assert kept.status_code == 200
    assert "fine" in kept.text


def test_a_draft_shows_before_what_the_sample_is_known_to_be(annotator, member, dataset):
    sample = make_sample(dataset=dataset)
    note = dataset.variables.get(name="note")
    set_value(sample, note, "from the remote", origin=Origin.MIRRORED, by=None)

    known = annotator.get(at("sample", sample))
    annotator.post(at("draft", sample), typed(dataset, note="my own"))
    drafted = annotator.get(at("sample", sample))

    assert "from the remote" in known.text
    assert "my own" in drafted.text
    assert "from the remote" not in drafted.text


def test_what_was_known_and_left_as_it_was_is_kept_as_copied(annotator, dataset):
    sample = make_sample(dataset=dataset)
    note = dataset.variables.get(name="note")
    set_value(sample, note, "known", origin=Origin.MIRRORED, by=None)

    annotator.post(at("submit", sample), typed(dataset, grade="5", note="known"))

    assert AnswerValue.objects.get(variable=note).origin == Origin.COPIED


def test_two_tabs_without_javascript_show_both_values_and_the_second_try_decides(
    annotator, dataset
):
    sample = make_sample(dataset=dataset)
    annotator.post(at("draft", sample), typed(dataset, grade="3"))

    refused = annotator.post(at("submit", sample), typed(dataset, grade="4"))
    again = annotator.post(at("submit", sample), typed(dataset, grade="4", revs={"grade": 1}))

    assert refused.status_code == 409
    assert "Saved elsewhere meanwhile: <strong>3</strong>" in refused.text
    assert 'value="4"' in refused.text
    assert again.status_code == 302
    assert AnswerValue.objects.get(variable__name="grade").value == 4.0


def test_skipping_and_undoing_lead_back_to_the_sample(annotator, dataset):
    sample = make_sample(dataset=dataset)

    annotator.post(at("skip", sample), {"reason": "Picture can't be judged"})
    skipped = Answer.objects.get()
    back = annotator.post(at("undo", sample))

    assert (skipped.state, skipped.skip_reason) == ("skipped", "Picture can't be judged")
    assert back.headers["Location"] == at("sample", sample)
    assert Answer.objects.get().state == Answer.State.DRAFT


def test_unsure_fields_are_kept_with_the_answer(annotator, dataset):
    sample = make_sample(dataset=dataset)
    grade = dataset.variables.get(name="grade")

    annotator.post(at("submit", sample), typed(dataset, grade="5") | {"unsure": [str(grade.pk)]})

    assert AnswerValue.objects.get(variable=grade).unsure


def test_a_returned_sample_comes_first_with_the_reason_at_its_field(annotator, member, dataset):
    make_sample(dataset=dataset)
    sample = make_sample(dataset=dataset)
    returned_to(member, sample, reason="Look at the corner", variable="note")

    page = annotator.get(at("next", dataset), follow=True)

    assert page.redirect_chain[-1][0] == at("sample", sample)
    note = dataset.variables.get(name="note")
    field = page.text[page.text.index(f'data-field="{note.pk}"') :]
    assert "Look at the corner" in field[: field.index("data-error")]


def returned_to(member, sample, *, reason, variable=None):
    """An answer of this person that a reviewer sent back."""
    answer = open_answer(sample, by=member.user)
    submit(answer, dict.fromkeys(sample.dataset.variables.filter(required=False)), by=member.user)
    return return_answer(
        answer,
        by=make_user(),
        seen_rev=answer.rev,
        reason="" if variable else reason,
        fields={sample.dataset.variables.get(name=variable): reason} if variable else {},
    )


def test_others_answers_are_never_sent(annotator, dataset):
    sample = make_sample(dataset=dataset)
    other = make_answer(sample=sample, author=make_user())
    note = dataset.variables.get(name="note")
    AnswerValue.objects.create(answer=other, variable=note, value="their secret thought")

    page = annotator.get(at("sample", sample))

    assert "their secret thought" not in page.text


def test_a_late_second_person_is_told_and_changes_nothing(client, dataset, annotator, member):
    sample = make_sample(dataset=dataset)
    faster = make_member(workspace=dataset.workspace).user
    grade = dataset.variables.get(name="grade")
    submit(open_answer(sample, by=faster), {grade: 5}, by=faster)

    page = annotator.get(at("sample", sample))
    for name in ("submit", "draft", "skip", "hold"):
        assert annotator.post(at(name, sample), typed(dataset, grade="7")).status_code == 409

    assert "Somebody else has submitted this" in page.text
    assert not Answer.objects.filter(author=member.user).exists()


def test_an_approved_sample_is_read_only_and_a_reviewer_may_reopen_it(client, dataset):
    sample = make_sample(dataset=dataset, state=Sample.State.APPROVED)
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)
    client.force_login(reviewer.user)

    page = client.get(at("sample", sample))

    assert "This sample is approved" in page.text
    assert '<fieldset class="bare" disabled>' in page.text
    assert page.context["can_reopen"]


@pytest.mark.parametrize("name", ["sample", "submit", "draft", "skip", "undo", "save", "hold"])
def test_an_outsider_finds_no_sample(client, dataset, name):
    sample = make_sample(dataset=dataset)
    client.force_login(make_member(Role.ADMIN).user)

    ask = client.get if name == "sample" else client.post
    assert ask(at(name, sample)).status_code == 404
    for name in ("ahead", "next", "release"):
        assert client.post(at(name, dataset)).status_code == 404


def test_reviewers_and_admins_may_label_too(client, dataset):
    for role in (Role.REVIEWER, Role.ADMIN):
        sample = make_sample(dataset=dataset)
        client.force_login(make_member(role, workspace=dataset.workspace).user)

        assert client.get(at("sample", sample)).status_code == 200
        assert client.post(at("submit", sample), typed(dataset, grade="5")).status_code == 302


def test_nobody_of_no_account_gets_in(client, dataset):
    sample = make_sample(dataset=dataset)

    response = client.get(at("sample", sample))

    assert response.headers["Location"].startswith("/account/login/")
