"""A change of the schema while others write values: nothing legal by the old rules alone stays unmarked."""

import threading
import time

import pytest
from django.db import connection, transaction

from annotator.datasets.actions import (
    ValueUpdate,
    change_variable,
    create_labelled_samples,
    create_variable,
    set_many,
    set_value,
)
from annotator.datasets.models import Origin, Sample, Variable, VariableValue
from annotator.errors import BadInput
from tests.factories import make_dataset, make_sample, make_variable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
ROUNDS = 6
State = Sample.State


@pytest.fixture
def dataset():
    return make_dataset()


@pytest.fixture
def samples(dataset):
    return [make_sample(dataset=dataset) for _ in range(8)]


def at_once(*calls):
    """What the calls raised, made in as many threads that began at the same moment."""
    together, errors = threading.Barrier(len(calls)), []

    def run(call):
        together.wait()
        try:
            call()
        except Exception as error:  # which ones there were is what the tests look at
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def writer(samples, variable, value):
    """Gives the samples the value one by one, by what the variable allowed when this was called."""
    stale = Variable.objects.get(pk=variable.pk)
    assert stale.spec

    def write():
        for sample in samples:
            set_value(sample, stale, value, origin=Origin.API, by=None)

    return write


def test_what_was_saved_by_the_old_rules_is_marked_whenever_it_came(dataset, samples):
    for number in range(ROUNDS):
        variable = make_variable(dataset=dataset, name=f"grade{number}", max_value=100.0)
        writers = [writer(samples[start::3], variable, 50 + number) for start in range(3)]

        errors = at_once(
            *writers, lambda variable=variable: change_variable(variable, by=None, max_value=10.0)
        )

        assert {type(error) for error in errors} <= {BadInput}
        rows = VariableValue.objects.filter(variable=variable, is_set=True)
        assert not rows.filter(invalid_since=None).exists()
        assert not Sample.objects.filter(values__in=rows, state=State.APPROVED).exists()


def test_samples_made_with_their_values_during_a_change_are_marked_too(dataset):
    variable = make_variable(dataset=dataset, max_value=100.0)
    stale = Variable.objects.get(pk=variable.pk)
    written = threading.Event()

    def create():
        with transaction.atomic():
            create_labelled_samples(dataset, [({}, {stale: 50.0})], origin=Origin.API, by=None)
            written.set()
            time.sleep(0.3)  # the change has begun, and waits

    def change():
        written.wait(10)
        change_variable(variable, by=None, max_value=10.0)

    assert at_once(create, change) == []

    row = VariableValue.objects.get()
    assert row.invalid_since is not None
    assert row.sample.state == State.UNLABELED


def test_a_value_checked_before_the_change_is_not_written_after_it(dataset, samples):
    variable = make_variable(dataset=dataset, max_value=100.0)
    write = writer(samples, variable, 50)
    change_variable(variable, by=None, max_value=10.0)

    with pytest.raises(BadInput):
        write()

    assert not VariableValue.objects.exists()


def test_a_new_required_variable_finds_no_sample_approved_without_it(dataset, samples):
    variable = make_variable(dataset=dataset)

    for number in range(ROUNDS):
        name = f"needed{number}"
        errors = at_once(
            writer(samples, variable, number),
            writer(samples[::-1], variable, number + 0.5),
            lambda name=name: create_variable(
                dataset, by=None, name=name, type="float", required=True
            ),
        )

        assert errors == []
        assert not Sample.objects.filter(state=State.APPROVED).exists()
        dataset.variables.filter(name=name).update(required=False)


def test_writers_of_many_and_changes_of_the_schema_never_wait_for_each_other(dataset, samples):
    variables = [make_variable(dataset=dataset, name=f"v{number}") for number in range(3)]

    def write(value, order):
        def run():
            for variable in variables:
                fields = {"origin": Origin.API, "by": None}
                updates = [ValueUpdate.checked(s, variable, value, **fields) for s in order]
                set_many(updates)

        return run

    def change():
        for variable in variables:
            change_variable(variable, by=None, max_value=5.0)
            change_variable(variable, by=None, max_value=None)

    for number in range(ROUNDS):
        errors = at_once(write(number, samples), write(number + 1, samples[::-1]), change)

        assert {type(error) for error in errors} <= {BadInput}
