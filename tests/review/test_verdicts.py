"""The page of one answer and its verdicts, as a browser without JavaScript sends them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import Role
from annotator.annotation.actions import submit, undo_submit
from annotator.annotation.models import Answer
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.push.models import Delivery
from annotator.review.actions import approve, return_answer
from annotator.review.models import Review
from tests.factories import make_member, make_user
from tests.review.rows import at, make_cards, mirrored_answer, seen, submit_answer

pytestmark = pytest.mark.django_db


def test_accepting_approves_and_goes_on_with_the_next(reviewer, dataset):
    first, second = submit_answer(dataset), submit_answer(dataset)

    response = reviewer.post(at("approve", first), seen(first))

    assert response.url == f"{at('sample', second)}?after={first.pk}"
    first.sample.refresh_from_db()
    assert first.sample.state == Sample.State.APPROVED
    assert first.sample.lease_holder is None
    assert Review.objects.get().answer_rev == first.rev


def test_after_the_last_verdict_the_list_says_that_nothing_is_left(reviewer, answer):
    page = reviewer.post(at("approve", answer), seen(answer), follow=True)

    assert "Nothing is left for you to review in Cards." in page.text
    assert "Undo the last review" in page.text


def test_an_edited_row_is_the_reviewers_and_the_others_stay_the_annotators(
    reviewer, member, answer
):
    reviewer.post(at("approve", answer), seen(answer, grade="8,5"))

    grade, note = VariableValue.objects.order_by("variable__position")
    assert (grade.value, grade.origin, grade.set_by) == (8.5, Origin.REVIEWED, member.user)
    assert (note.value, note.origin, note.set_by) == ("Fine.", Origin.TYPED, answer.author)


def test_a_field_that_was_not_sent_is_no_edit(reviewer, answer):
    reviewer.post(at("approve", answer), {"rev": answer.rev})

    values = VariableValue.objects.values_list("variable__name", "value")
    assert dict(values) == {"grade": 7.0, "note": "Fine."}


def test_an_edit_that_is_not_allowed_is_shown_at_its_row_with_what_was_typed(reviewer, answer):
    page = reviewer.post(at("approve", answer), seen(answer, grade="11"))

    assert page.status_code == 422
    grade = page.context["rows"][0]
    assert grade.errors
    assert grade.is_open
    assert 'value="11"' in page.text
    assert Sample.objects.get().state == Sample.State.SUBMITTED


def test_an_answer_that_a_changed_rule_made_illegal_is_refused_and_says_why(reviewer, answer):
    answer.sample.dataset.variables.filter(name="grade").update(max_value=5)

    shown = reviewer.get(at("sample", answer))
    refused = reviewer.post(at("approve", answer), seen(answer))
    mended = reviewer.post(at("approve", answer), seen(answer, grade="5"))

    assert "not allowed" in shown.text
    assert refused.status_code == 422
    assert mended.status_code == 302
    assert VariableValue.objects.get(variable__name="grade").value == 5.0


def test_a_new_revision_is_shown_instead_of_approved(reviewer, answer):
    before = seen(answer)
    undo_submit(answer, by=answer.author)
    again = submit(
        answer,
        {v: 3 if v.name == "grade" else "Bad." for v in answer.sample.dataset.variables.all()},
        by=answer.author,
    )

    page = reviewer.post(at("approve", answer), before)

    assert page.status_code == 409
    assert "was changed after you opened it" in page.text
    assert f'name="rev" value="{again.rev}"' in page.text
    assert Sample.objects.get().state == Sample.State.SUBMITTED
    reviewer.post(at("approve", answer), seen(again))
    assert Review.objects.get().answer_rev == again.rev


def test_the_late_second_reviewer_is_told_who_judged_and_led_on(reviewer, colleague, answer):
    sent = seen(answer)
    reviewer.post(at("approve", answer), sent)

    late = colleague.post(at("return_answer", answer), {"rev": answer.rev, "reason": "Too vague"})
    again = colleague.post(at("approve", answer), sent)

    assert (late.status_code, again.status_code) == (409, 409)
    assert "has approved this answer" in late.text
    assert "Next answer" in late.text
    assert Review.objects.count() == 1


def test_nobody_judges_their_own_answer(reviewer, member, dataset):
    own = submit_answer(dataset, author=member.user)

    page = reviewer.get(at("sample", own))
    approved = reviewer.post(at("approve", own), seen(own))
    returned = reviewer.post(at("return_answer", own), {"rev": own.rev, "reason": "Too vague"})

    assert "somebody else must review it" in page.text
    assert (approved.status_code, returned.status_code) == (403, 403)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "name", ["sample", "approve", "return_answer", "skip", "undo", "hold", "ahead", "preview"]
)
def test_annotators_are_refused_and_outsiders_find_nothing(name, answer):
    for member, status in (
        (make_member(workspace=answer.sample.dataset.workspace), 403),
        (make_member(Role.ADMIN), 404),
    ):
        client = Client()
        client.force_login(member.user)
        response = client.get(at(name, answer))
        if response.status_code == 405:
            response = client.post(at(name, answer), seen(answer))

        assert response.status_code == status
    assert Sample.objects.get().state == Sample.State.SUBMITTED


def test_a_returned_answer_names_its_row_and_reason_and_goes_back_to_its_author(reviewer, answer):
    grade = answer.sample.dataset.variables.get(name="grade")
    sent = {"rev": answer.rev, "about": grade.pk, "reason": "Wrong value", "note": "A 6 at most."}

    reviewer.post(at("return_answer", answer), sent)

    returned = Answer.objects.filter(author=answer.author, state="returned").get()
    assert returned.returned_because() == {grade.pk: "Wrong value: A 6 at most."}


@pytest.mark.parametrize("sent", [{}, {"reason": "Other"}, {"reason": "Something"}])
def test_returning_asks_for_a_reason(reviewer, answer, sent):
    page = reviewer.post(at("return_answer", answer), {"rev": answer.rev, **sent})

    assert page.status_code == 422
    assert page.context["is_returning"]
    assert Sample.objects.get().state == Sample.State.SUBMITTED


def test_without_javascript_the_way_to_return_is_a_link(reviewer, answer):
    page = reviewer.get(at("sample", answer), {"return": "1"})

    assert '<dialog id="return-dialog" aria-labelledby="return-title" open>' in page.text


def test_a_mended_answer_is_compared_with_the_returned_one(reviewer, member, answer):
    return_answer(answer, by=member.user, seen_rev=answer.rev, reason="Too high.")
    variables = {v.name: v for v in answer.sample.dataset.variables.all()}
    submit(answer, {variables["grade"]: 6, variables["note"]: "Fine."}, by=answer.author)

    page = reviewer.get(at("sample", answer))

    grade, note = page.context["rows"]
    assert page.context["compared_with"] == "When returned"
    assert (grade.before, grade.given, grade.differs.change) == (7.0, 6.0, "-1")
    assert not note.differs
    assert "“Too high.”" in page.text
    assert "submitted it again" in page.text


def test_a_first_answer_is_compared_with_what_was_known(reviewer, dataset):
    answer = submit_answer(dataset, grade=7)
    grade = dataset.variables.get(name="grade")
    plain = reviewer.get(at("sample", answer))
    set_value(answer.sample, grade, 9, origin=Origin.IMPORTED, by=None, updates_completion=False)

    page = reviewer.get(at("sample", answer))

    assert plain.context["compared_with"] == ""
    assert page.context["compared_with"] == "Known before"
    assert page.context["rows"][0].differs.change == "-2"


def test_the_page_shows_the_exact_answer_that_would_be_trained(reviewer, answer):
    page = reviewer.get(at("sample", answer))
    typed = reviewer.post(at("preview", answer), seen(answer, grade="9"))

    assert "&quot;grade&quot;: 7.0, &quot;note&quot;: &quot;Fine.&quot;" in page.text
    assert "&quot;grade&quot;: 9.0" in typed.text
    assert Sample.objects.get().state == Sample.State.SUBMITTED


def test_approving_a_mirrored_sample_notes_and_rings_its_push(
    reviewer, dataset, queued_jobs, django_capture_on_commit_callbacks
):
    answer = mirrored_answer(dataset)

    with django_capture_on_commit_callbacks(execute=True):
        reviewer.post(at("approve", answer), seen(answer))

    assert queued_jobs == [("annotator.push.jobs.push_sample", (str(answer.sample_id),))]
    assert Delivery.objects.filter(state=Delivery.State.PENDING).count() == 2


def test_approving_a_local_sample_rings_nothing(
    reviewer, answer, queued_jobs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        reviewer.post(at("approve", answer), seen(answer))

    assert queued_jobs == []


def test_more_verdicts_and_variables_cost_no_more_queries(reviewer, member, dataset):
    def cost(answer):
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(at("sample", answer))
        return len(queries)

    answer = submit_answer(dataset)
    return_answer(answer, by=member.user, seen_rev=answer.rev, reason="One.")
    submit(answer, {}, by=answer.author)
    before = cost(answer)
    for _ in range(4):
        return_answer(answer, by=make_user(), seen_rev=answer.rev, reason="More.")
        submit(answer, {}, by=answer.author)
    for _ in range(5):
        submit_answer(dataset)

    assert cost(answer) == before


def test_the_progress_counts_todays_verdicts_and_what_is_left(reviewer, member, dataset):
    done = [submit_answer(dataset) for _ in range(2)]
    left = [submit_answer(dataset) for _ in range(3)]
    submit_answer(dataset, author=member.user)
    for answer in done:
        approve(answer, by=member.user, seen_rev=answer.rev)

    page = reviewer.get(at("sample", left[0]))

    assert "2 of 5" in page.text


def test_a_dataset_of_another_workspace_is_not_found(reviewer):
    foreign = make_cards()

    assert reviewer.get(at("queue", foreign)).status_code == 404
    assert reviewer.get(at("list", foreign)).status_code == 404
    assert reviewer.post(at("approve_many", foreign)).status_code == 404
