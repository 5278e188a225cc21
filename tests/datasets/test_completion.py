"""What makes a sample complete, and what its state does then: one rule for one sample and for many."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.datasets.actions import (
    change_variable,
    create_labelled_samples,
    create_variable,
    remove_variable,
    set_value,
    update_completion,
)
from annotator.datasets.models import Origin, Sample, VariableValue
from tests.factories import make_dataset, make_sample, make_variable

pytestmark = pytest.mark.django_db
State = Sample.State


def state_of(sample):
    return Sample.objects.get(pk=sample.pk).state


def store(sample, variable, what):
    """A row as it is kept: legal, illegal, cleared; or none."""
    if what == "none":
        return
    VariableValue.objects.create(
        sample=sample,
        variable=variable,
        value=None if what == "cleared" else 1,
        is_set=what != "cleared",
        invalid_since=timezone.now() if what == "illegal" else None,
        origin=Origin.API,
    )


def is_complete(required, optional):
    """The rule in words: all that is asked is there, and nothing of it is wrong."""
    return required == "legal" and optional != "illegal"


@pytest.mark.parametrize(
    ("required", "optional"),
    list(itertools.product(["none", "cleared", "illegal", "legal"], repeat=2)),
)
@pytest.mark.both_databases
def test_a_sample_is_complete_by_its_required_values_unless_one_is_illegal(required, optional):
    dataset = make_dataset()
    grade = make_variable(dataset=dataset, required=True)
    note = make_variable(dataset=dataset)
    samples = {state: make_sample(dataset=dataset, state=state) for state in State}
    for sample in samples.values():
        store(sample, grade, required)
        store(sample, note, optional)

    complete = set(Sample.objects.complete())
    incomplete = set(Sample.objects.incomplete())
    update_completion(list(samples.values()))

    assert complete == (set(samples.values()) if is_complete(required, optional) else set())
    assert incomplete == set(samples.values()) - complete
    after = {state: state_of(sample) for state, sample in samples.items()}
    follows = State.APPROVED if complete else State.UNLABELED
    assert after == {
        State.UNLABELED: follows,
        State.SUBMITTED: State.SUBMITTED,
        State.RETURNED: State.RETURNED,
        State.APPROVED: follows,
        State.SKIPPED: State.APPROVED if complete else State.SKIPPED,
    }


def test_a_sample_without_any_value_of_a_variable_in_use_is_not_complete():
    variable, gone = make_variable(), make_variable()
    sample = make_sample(dataset=gone.dataset)
    make_sample(dataset=variable.dataset)
    store(sample, gone, "legal")

    remove_variable(gone, by=None)

    assert not Sample.objects.complete().exists()


def test_an_illegal_or_missing_value_of_a_removed_variable_is_no_matter():
    dataset = make_dataset()
    grade, gone = make_variable(dataset=dataset), make_variable(dataset=dataset, required=True)
    wrong, without = make_sample(dataset=dataset), make_sample(dataset=dataset)
    for sample in (wrong, without):
        store(sample, grade, "legal")
    store(wrong, gone, "illegal")

    remove_variable(gone, by=None)

    assert set(Sample.objects.complete()) == {wrong, without}


@pytest.mark.parametrize("given", [[], ["gone"], ["note"], ["grade"], ["grade", "note", "gone"]])
@pytest.mark.parametrize("required", [True, False])
def test_samples_that_come_with_values_begin_where_these_would_put_them(given, required):
    dataset = make_dataset()
    variables = {
        "grade": make_variable(dataset=dataset, required=required),
        "note": make_variable(dataset=dataset),
        "gone": make_variable(dataset=dataset, required=True, removed_at=timezone.now()),
    }
    values = {variables[name]: 1 for name in given}

    [sample] = create_labelled_samples(dataset, [({}, values)], origin=Origin.API, by=None)
    first = state_of(sample)
    Sample.objects.update(state=State.UNLABELED)
    update_completion([sample])

    assert first == sample.state == state_of(sample)
    assert sample.values.count() == len(given)


def test_one_sample_and_many_cost_the_same_queries():
    variable = make_variable(required=True)
    samples = [make_sample(dataset=variable.dataset) for _ in range(20)]

    def count(some):
        with CaptureQueriesContext(connection) as captured:
            update_completion(some)
        return len(captured)

    assert count(samples[:1]) == count(samples) == 2


def test_what_a_change_of_an_optional_variable_made_illegal_goes_back_until_it_is_mended():
    dataset = make_dataset()
    grade = make_variable(dataset=dataset, required=True)
    note = make_variable(dataset=dataset)
    sample, other = make_sample(dataset=dataset), make_sample(dataset=dataset)
    for each in (sample, other):
        set_value(each, grade, 1, origin=Origin.API, by=None)
    set_value(sample, note, 50, origin=Origin.API, by=None)

    change_variable(note, by=None, max_value=10)
    states = [state_of(sample), state_of(other)]
    set_value(sample, grade, 2, origin=Origin.API, by=None)
    still = state_of(sample)
    set_value(sample, note, 5, origin=Origin.API, by=None)

    assert states == [State.UNLABELED, State.APPROVED]
    assert still == State.UNLABELED
    assert state_of(sample) == State.APPROVED


def test_an_approved_sample_without_values_stays_so_while_nothing_is_required():
    dataset = make_dataset()
    note = make_variable(dataset=dataset)
    sample = make_sample(dataset=dataset, state=State.APPROVED)

    create_variable(dataset, by=None, name="more", type="string")
    change_variable(note, by=None, max_value=10)
    before = state_of(sample)
    create_variable(dataset, by=None, name="needed", type="string", required=True)

    assert before == State.APPROVED
    assert state_of(sample) == State.UNLABELED
