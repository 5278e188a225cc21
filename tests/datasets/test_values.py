"""Values of samples: one core writes them, a revision only grows, a history is never rewritten."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from annotator.datasets.actions import (
    RemoteValueUpdate,
    ValueUpdate,
    apply_remote_values,
    change_variable,
    locked_states,
    schema,
    set_many,
    set_value,
    set_values,
    values,
)
from annotator.datasets.models import Origin, Sample, ValueRevision, VariableValue
from annotator.errors import BadInput, Conflict
from tests.factories import make_dataset, make_sample, make_variable

pytestmark = pytest.mark.django_db


def set_grade(sample, variable, value, **options):
    return set_value(sample, variable, value, origin=Origin.API, by=None, **options)


def test_a_value_set_twice_is_one_row_whose_revision_and_history_grow():
    variable = make_variable(name="grade")
    sample = make_sample(dataset=variable.dataset)

    set_grade(sample, variable, 8.5)
    row = set_grade(sample, variable, 9)

    assert VariableValue.objects.get() == row
    assert (row.rev, row.value, row.number) == (2, 9.0, 9.0)
    assert list(ValueRevision.objects.values_list("rev", "value")) == [(1, 8.5), (2, 9.0)]


def test_the_same_value_again_changes_nothing():
    variable = make_variable()
    sample = make_sample(dataset=variable.dataset)

    set_grade(sample, variable, 8.5)
    row = set_grade(sample, variable, 8.5)

    assert row.rev == 1
    assert ValueRevision.objects.count() == 1


def test_a_value_that_the_variable_does_not_allow_is_refused_with_the_reason_at_its_field():
    variable = make_variable(name="grade", max_value=10)
    sample = make_sample(dataset=variable.dataset)

    with pytest.raises(BadInput) as refusal:
        set_grade(sample, variable, 11)

    assert "grade" in refusal.value.fields
    assert not VariableValue.objects.exists()


def test_a_variable_of_another_dataset_is_refused():
    with pytest.raises(BadInput):
        set_grade(make_sample(), make_variable(), 1)


def test_who_saw_an_older_revision_gets_both_values_and_overwrites_nothing():
    variable = make_variable()
    sample = make_sample(dataset=variable.dataset)
    set_grade(sample, variable, 1)
    set_grade(sample, variable, 2)

    with pytest.raises(Conflict) as conflict:
        set_grade(sample, variable, 3, expected_rev=1)

    assert (conflict.value.ours, conflict.value.theirs, conflict.value.rev) == (3, 2.0, 2)
    assert VariableValue.objects.get().value == 2.0


def test_a_cleared_value_keeps_its_history_and_no_longer_counts():
    variable = make_variable(required=True)
    sample = make_sample(dataset=variable.dataset)
    set_grade(sample, variable, 1)

    set_value(sample, variable, None, origin=Origin.API, by=None)

    sample.refresh_from_db()
    assert sample.state == Sample.State.UNLABELED
    assert not VariableValue.objects.counted().exists()
    assert ValueRevision.objects.count() == 2


def test_a_sample_is_approved_once_every_required_variable_has_a_value():
    dataset = make_dataset()
    grade = make_variable(dataset=dataset, required=True)
    name = make_variable(dataset=dataset, type="string", required=True)
    sample = make_sample(dataset=dataset)

    set_grade(sample, grade, 1)
    halfway = Sample.objects.get().state
    set_grade(sample, name, "Ember Fox")

    assert halfway == Sample.State.UNLABELED
    assert Sample.objects.get().state == Sample.State.APPROVED


def test_several_values_are_set_all_or_none():
    dataset = make_dataset()
    grade = make_variable(dataset=dataset)
    whole = make_variable(dataset=dataset, type="integer")
    sample = make_sample(dataset=dataset)

    with pytest.raises(BadInput):
        set_values(sample, {grade: 1.5, whole: 1.5}, origin=Origin.API, by=None)

    assert not VariableValue.objects.exists()


def test_a_tighter_limit_marks_what_it_makes_illegal_and_deletes_nothing():
    variable = make_variable(name="grade", required=True)
    good, bad = (make_sample(dataset=variable.dataset) for _ in range(2))
    set_grade(good, variable, 5)
    set_grade(bad, variable, 50)

    change_variable(variable, by=None, max_value=10)

    marked = VariableValue.objects.get(sample=bad)
    assert (marked.value, marked.invalid_since is not None) == (50.0, True)
    assert "10" in marked.invalid_reason
    bad.refresh_from_db()
    assert bad.state == Sample.State.UNLABELED
    assert VariableValue.objects.get(sample=good).invalid_since is None

    change_variable(variable, by=None, max_value=100)

    assert VariableValue.objects.get(sample=bad).invalid_since is None


def test_a_value_set_while_a_change_of_its_variable_is_checked_is_not_marked(monkeypatch):
    variable = make_variable(name="grade", max_value=100)
    sample = make_sample(dataset=variable.dataset)
    set_grade(sample, variable, 50)
    lock_current = schema.lock_current

    def somebody_is_faster(rows):
        set_grade(sample, variable, 5)
        return lock_current(rows)

    monkeypatch.setattr(schema, "lock_current", somebody_is_faster)
    change_variable(variable, by=None, max_value=10)

    row = VariableValue.objects.get()
    assert (row.value, row.number, row.rev, row.invalid_since) == (5.0, 5.0, 2, None)


@pytest.mark.parametrize("way", ["one", "several", "many"])
def test_a_first_value_that_somebody_else_sets_in_between_is_a_conflict_with_theirs(
    way, monkeypatch
):
    variable = make_variable(name="grade")
    sample = make_sample(dataset=variable.dataset)
    set_grade(sample, variable, 1)
    monkeypatch.setattr(values, "locked_rows", lambda *args: {})  # they were not there yet
    update = ValueUpdate.checked(sample, variable, 2, origin=Origin.API, by=None)
    write = {
        "one": lambda: set_grade(sample, variable, 2),
        "several": lambda: set_values(sample, {variable: 2}, origin=Origin.API, by=None),
        "many": lambda: set_many([update]),
    }[way]

    with pytest.raises(Conflict) as conflict, transaction.atomic():
        write()

    assert (conflict.value.ours, conflict.value.theirs, conflict.value.rev) == (2.0, 1.0, 1)
    assert list(ValueRevision.objects.values_list("value", flat=True)) == [1.0]


def test_a_remote_value_leaves_alone_what_somebody_set_meanwhile():
    variable = make_variable(name="grade")
    fresh, changed, same = (make_sample(dataset=variable.dataset) for _ in range(3))
    rows = {sample: set_grade(sample, variable, 1) for sample in (changed, same)}
    updates = [
        RemoteValueUpdate(
            sample=sample,
            variable=variable,
            row=rows.get(sample),
            value=9,
            remote_state={"value": 9},
        )
        for sample in (fresh, changed, same)
    ]
    set_grade(fresh, variable, 2)
    set_grade(changed, variable, 2)

    written = apply_remote_values(updates)

    assert [row.sample for row in written] == [same]
    assert [s.values.get().value for s in (fresh, changed)] == [2.0, 2.0]
    row = VariableValue.objects.get(sample=same)
    assert (row.value, row.number, row.rev, row.origin) == (9.0, 9.0, 2, Origin.MIRRORED)
    assert row.remote_state == {"value": 9}
    assert list(row.history.values_list("value", "origin")) == [
        (1.0, Origin.API),
        (9.0, Origin.MIRRORED),
    ]


def test_one_value_and_many_of_many_samples_cost_the_same_queries():
    dataset = make_dataset()
    variables = [make_variable(dataset=dataset) for _ in range(3)]
    samples = [make_sample(dataset=dataset) for _ in range(5)]

    def count(some, value):
        with CaptureQueriesContext(connection) as captured:
            set_many(
                [
                    ValueUpdate.checked(sample, variable, value, origin=Origin.API, by=None)
                    for sample in some
                    for variable in variables
                ]
            )
        return len(captured)

    assert count(samples[:1], 1) == count(samples[1:], 1)  # first values
    assert count(samples[:1], 2) == count(samples[1:], 2)  # others


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_of_two_people_who_set_a_value_at_once_one_is_told_of_the_other():
    variable = make_variable()
    make_sample(dataset=variable.dataset)
    barrier, outcomes = threading.Barrier(2), []

    def write(value):
        try:
            barrier.wait()
            set_grade(Sample.objects.get(), variable, value, expected_rev=0)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(value,)) for value in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict", "saved"]
    assert ValueRevision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_value_and_a_change_of_its_variable_at_once_do_not_wait_for_each_other_for_ever():
    variable = make_variable(required=True)
    sample = make_sample(dataset=variable.dataset)
    set_grade(sample, variable, 1)
    errors = []

    def change():
        try:
            change_variable(variable, by=None, max_value=0.5)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    changing = threading.Thread(target=change)
    with transaction.atomic():
        locked_states([sample.pk])  # as whoever writes a value does first
        changing.start()
        time.sleep(0.5)  # seconds: the change waits for the lock by now
        set_value(sample, variable, None, origin=Origin.API, by=None)
    changing.join()

    assert errors == []
    assert not VariableValue.objects.get().is_set
    assert Sample.objects.get().state == Sample.State.UNLABELED
