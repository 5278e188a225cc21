"""Nothing typed is lost, and nothing overwrites somebody else's newer text."""

import threading
import uuid

import pytest
from django.db import connection

from annotator.annotation.actions import open_answer, save_value, submit, undo_submit
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.errors import BadInput, Conflict, WrongState
from tests.factories import make_dataset, make_sample, make_user, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    variable = make_variable(name="grade", required=True, max_value=10)
    return open_answer(make_sample(dataset=variable.dataset), by=make_user())


def save(answer, value, *, rev, operation=None, by=None, variable=None):
    return save_value(
        answer,
        variable or answer.sample.dataset.variables.get(name="grade"),
        value,
        expected_rev=rev,
        operation_id=operation or uuid.uuid4(),
        by=by or answer.author,
    )


def test_the_same_operation_twice_is_one_revision(answer):
    operation = uuid.uuid4()

    first = save(answer, 8, rev=0, operation=operation)
    again = save(answer, 8, rev=0, operation=operation)

    assert (first.rev, again.rev, again.repeated) == (1, 1, True)
    assert AnswerRevision.objects.count() == 1


def test_the_second_tab_sees_both_values_and_overwrites_nothing(answer):
    save(answer, 8, rev=0)

    with pytest.raises(Conflict) as conflict:
        save(answer, 9, rev=0)

    assert (conflict.value.theirs, conflict.value.rev) == (8.0, 1)
    assert AnswerValue.objects.get().value == 8.0


def test_a_variable_changed_under_the_open_form_refuses_only_its_own_field(answer):
    dataset = answer.sample.dataset
    note = make_variable(dataset=dataset, name="note", type="string")
    dataset.variables.filter(name="grade").update(max_value=5)

    with pytest.raises(BadInput) as refusal:
        save(answer, 8, rev=0)
    save(answer, "fine", rev=0, variable=note)

    assert list(refusal.value.fields) == ["grade"]
    assert AnswerValue.objects.get().value == "fine"


def test_an_answer_is_submitted_only_whole_and_then_no_longer_changed(answer):
    grade = answer.sample.dataset.variables.get()

    with pytest.raises(BadInput) as refusal:
        submit(answer, {grade: None}, by=answer.author)
    submit(answer, {grade: 7}, by=answer.author)

    assert list(refusal.value.fields) == ["grade"]
    assert Sample.objects.get().state == Sample.State.SUBMITTED
    with pytest.raises(WrongState):
        save(answer, 8, rev=1)


def test_without_review_submitting_is_approving():
    dataset = make_dataset(review_percent=0)
    grade = make_variable(dataset=dataset, required=True)
    answer = open_answer(make_sample(dataset=dataset), by=make_user())

    submit(answer, {grade: 7}, by=answer.author)

    assert Sample.objects.get().state == Sample.State.APPROVED
    value = VariableValue.objects.get()
    assert (value.value, value.set_by, value.origin) == (7.0, answer.author, Origin.TYPED)


def test_an_untouched_default_is_confirmed_by_submitting(answer):
    dataset = answer.sample.dataset
    grade = dataset.variables.get()
    year = make_variable(dataset=dataset, name="year", type="integer", default_value=2024)

    submit(answer, {grade: 7, year: 2024}, by=answer.author)

    assert AnswerValue.objects.get(variable=year).origin == Origin.DEFAULT


def test_its_author_can_undo_a_submit_until_it_is_reviewed(answer):
    grade = answer.sample.dataset.variables.get()
    submit(answer, {grade: 7}, by=answer.author)

    undo_submit(answer, by=answer.author)

    assert Answer.objects.get().state == Answer.State.DRAFT
    assert Sample.objects.get().state == Sample.State.UNLABELED
    save(Answer.objects.get(), 8, rev=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_two_fields_saved_at_once_are_both_kept(answer):
    note = make_variable(dataset=answer.sample.dataset, name="note", type="string")
    grade = answer.sample.dataset.variables.get(name="grade")
    barrier, failures = threading.Barrier(2), []

    def write(variable, value):
        try:
            barrier.wait()
            save(Answer.objects.get(), value, rev=0, variable=variable)
        except Exception as error:  # told to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=pair) for pair in ((grade, 8), (note, "fine"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert set(AnswerValue.objects.values_list("variable__name", flat=True)) == {"grade", "note"}
    assert Answer.objects.get().rev == 2
