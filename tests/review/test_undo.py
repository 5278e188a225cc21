"""A verdict can be undone as long as nothing depends on it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.annotation.actions import submit
from annotator.annotation.models import Answer
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, VariableValue
from annotator.push.models import Delivery
from annotator.review.actions import return_answer
from annotator.review.models import Review
from tests.review.rows import at, mirrored_answer, seen, submit_answer

pytestmark = pytest.mark.django_db


def test_a_verdict_undone_puts_everything_as_it_was(reviewer, dataset):
    answer, grade = submit_answer(dataset), dataset.variables.get(name="grade")
    set_value(answer.sample, grade, 2, origin=Origin.IMPORTED, by=None, updates_completion=False)
    reviewer.post(at("approve", answer), seen(answer))

    response = reviewer.post(at("undo", answer))

    assert response.url == at("sample", answer)
    answer.refresh_from_db()
    assert answer.state == answer.sample.state == "submitted"
    values = VariableValue.objects.order_by("variable__position")
    assert [(row.value, row.is_set, row.origin) for row in values] == [
        (2.0, True, Origin.IMPORTED),
        (None, False, Origin.TYPED),
    ]
    assert reviewer.post(at("approve", answer), seen(answer)).status_code == 302


def test_a_return_can_be_undone_until_its_author_has_mended_it(reviewer, member, answer):
    return_answer(answer, by=member.user, seen_rev=answer.rev, reason="Sure?")
    reviewer.post(at("undo", answer))
    answer.refresh_from_db()
    assert answer.state == Answer.State.SUBMITTED

    return_answer(answer, by=member.user, seen_rev=answer.rev, reason="Sure?")
    submit(answer, {}, by=answer.author)

    assert reviewer.post(at("undo", answer)).status_code == 409


def test_what_a_remote_has_is_not_undone_but_can_be_reopened(reviewer, dataset):
    answer = mirrored_answer(dataset)
    reviewer.post(at("approve", answer), seen(answer))
    Delivery.objects.update(sent_at=Review.objects.get().created_at)

    refused = reviewer.post(at("undo", answer))
    page = reviewer.get(at("sample", answer))

    assert refused.status_code == 409
    assert (page.context["can_undo"], page.context["can_reopen"]) == (False, True)


def test_what_a_worker_has_taken_may_be_on_the_remote_until_it_is_released(reviewer, dataset):
    answer = mirrored_answer(dataset)
    reviewer.post(at("approve", answer), seen(answer))
    Delivery.objects.all().take()
    Delivery.objects.update(
        leased_until=timezone.now() - timedelta(hours=1)
    )  # lost, perhaps after it sent

    lost = reviewer.post(at("undo", answer))
    Delivery.objects.update(lease_id=None, leased_until=None)
    released = reviewer.post(at("undo", answer))

    assert (lost.status_code, released.status_code) == (409, 302)


def test_what_a_script_changed_after_the_approval_is_not_undone(reviewer, answer):
    reviewer.post(at("approve", answer), seen(answer))
    grade = answer.sample.dataset.variables.get(name="grade")
    set_value(answer.sample, grade, 1, origin=Origin.API, by=None)

    assert reviewer.post(at("undo", answer)).status_code == 409
    assert VariableValue.objects.get(variable=grade).value == 1.0


def test_nobody_undoes_the_verdict_of_another(reviewer, colleague, answer):
    reviewer.post(at("approve", answer), seen(answer))

    assert colleague.post(at("undo", answer)).status_code == 404


@pytest.mark.both_databases
def test_a_return_undone_counts_against_nobody_and_leaves_the_one_before(reviewer, member, answer):
    grade = answer.sample.dataset.variables.get(name="grade")

    def return_answer_with(words):
        answer.refresh_from_db()
        return_answer(answer, by=member.user, seen_rev=answer.rev, fields={grade: words})

    def returned():
        answer.refresh_from_db()
        words = [each.reason for each in answer.returned_fields.last_return()]
        return answer.returned_at is not None, answer.return_reason, words

    return_answer_with("Sure?")
    reviewer.post(at("undo", answer))
    never = returned()
    return_answer_with("Too high.")
    submit(answer, {}, by=answer.author)
    return_answer_with("No, too low.")
    reviewer.post(at("undo", answer))

    assert never == (False, "", [])
    assert returned() == (True, "Too high.", ["Too high."])
