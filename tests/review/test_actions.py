"""A verdict is about one revision, is given once, and never on one's own work."""

import threading

import pytest
from django.db import connection

from annotator.annotation.actions import open_answer, save_value, submit
from annotator.annotation.models import Answer, AnswerRevision
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.errors import BadInput, NotPermitted, WrongState
from annotator.review.actions import approve, reopen, return_answer
from annotator.review.models import Review
from tests.factories import make_dataset, make_member, make_sample, make_user, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    grade = make_variable(name="grade", required=True, max_value=10)
    author = make_member(workspace=grade.dataset.workspace).user
    answer = open_answer(make_sample(dataset=grade.dataset), by=author)
    return submit(answer, {grade: 7}, by=answer.author)


def test_approving_makes_the_answer_the_samples_truth(answer):
    approve(answer, by=make_user(), seen_rev=answer.rev)

    assert Sample.objects.get().state == Sample.State.APPROVED
    value = VariableValue.objects.get()
    assert (value.value, value.set_by) == (7.0, answer.author)


def test_a_reviewers_edit_is_kept_as_theirs_with_the_annotators_text_in_the_history(answer):
    grade, reviewer = answer.sample.dataset.variables.get(), make_user()

    approve(answer, by=reviewer, seen_rev=answer.rev, edits={grade: 7.5})

    value = VariableValue.objects.get()
    assert (value.value, value.origin, value.set_by) == (7.5, Origin.REVIEWED, reviewer)
    assert list(AnswerRevision.objects.values_list("value", flat=True)) == [7.0, 7.5]


def test_a_returned_answer_goes_to_its_author_with_the_reason_and_can_be_mended(answer):
    grade = answer.sample.dataset.variables.get()

    return_answer(answer, by=make_user(), seen_rev=answer.rev, fields={grade: "Too low."})
    returned = Answer.objects.filter(author=answer.author, state="returned").get()
    submit(returned, {grade: 8}, by=answer.author)
    approve(returned, by=make_user(), seen_rev=returned.rev)

    assert returned.returned_because() == {grade.pk: "Too low."}
    assert VariableValue.objects.get().value == 8.0


def test_the_same_answer_submitted_again_can_be_judged_again(answer):
    grade = answer.sample.dataset.variables.get()
    return_answer(answer, by=make_user(), seen_rev=answer.rev, reason="Sure?")

    submit(answer, {grade: 7}, by=answer.author)
    approve(answer, by=make_user(), seen_rev=answer.rev)

    assert Review.objects.count() == 2


def test_returning_without_a_reason_is_refused(answer):
    with pytest.raises(BadInput):
        return_answer(answer, by=make_user(), seen_rev=answer.rev, reason=" ")


def test_nobody_judges_their_own_answer_unless_the_dataset_says_so(answer):
    with pytest.raises(NotPermitted):
        approve(answer, by=answer.author, seen_rev=answer.rev)

    answer.sample.dataset.self_review_allowed = True
    approve(answer, by=answer.author, seen_rev=answer.rev)

    assert Sample.objects.get().state == Sample.State.APPROVED


def test_a_verdict_on_a_revision_that_has_moved_on_is_refused(answer):
    with pytest.raises(WrongState):
        approve(answer, by=make_user(), seen_rev=answer.rev - 1)


def test_an_answer_that_a_changed_rule_made_illegal_is_not_approved(answer):
    answer.sample.dataset.variables.update(max_value=5)

    with pytest.raises(BadInput):
        approve(answer, by=make_user(), seen_rev=answer.rev)

    assert Sample.objects.get().state == Sample.State.SUBMITTED
    assert not Review.objects.exists()


def test_reopening_sends_the_sample_back_to_its_author_and_keeps_the_values(answer):
    approve(answer, by=make_user(), seen_rev=answer.rev)

    reopen(answer.sample, by=make_user(), reason="A new rule.")

    assert Sample.objects.get().state == Sample.State.RETURNED
    assert Answer.objects.filter(author=answer.author, state="returned").exists()
    assert VariableValue.objects.get().value == 7.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_of_two_reviewers_who_decide_at_once_one_is_refused(answer):
    barrier, outcomes = threading.Barrier(2), []
    reviewers = [make_user(), make_user()]

    def decide(judge):
        try:
            mine = Answer.objects.select_related("sample__dataset").get()
            barrier.wait()
            judge(mine)
            outcomes.append("done")
        except WrongState:
            outcomes.append("refused")
        finally:
            connection.close()

    judges = [
        lambda mine: approve(mine, by=reviewers[0], seen_rev=mine.rev),
        lambda mine: return_answer(mine, by=reviewers[1], seen_rev=mine.rev, reason="No."),
    ]
    threads = [threading.Thread(target=decide, args=(judge,)) for judge in judges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]
    assert Review.objects.count() == 1


def test_a_reviewer_may_not_save_into_an_answer_that_is_approved(answer):
    import uuid

    approve(answer, by=make_user(), seen_rev=answer.rev)
    grade = answer.sample.dataset.variables.get()

    with pytest.raises(WrongState):
        save_value(answer, grade, 9, expected_rev=1, operation_id=uuid.uuid4(), by=make_user())


def test_datasets_without_review_have_no_queue():
    dataset = make_dataset(review_percent=0)
    grade = make_variable(dataset=dataset)
    answer = open_answer(make_sample(dataset=dataset), by=make_user())

    submit(answer, {grade: 1}, by=answer.author)

    assert not Sample.objects.filter(state="submitted").exists()
