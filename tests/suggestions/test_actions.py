"""Suggestions are written, superseded, closed and opened again."""

import pytest
from django.db import IntegrityError, transaction

from annotator.accounts.models import Role
from annotator.datasets import actions as datasets
from annotator.datasets.models import VariableValue
from annotator.errors import BadInput
from annotator.suggestions.actions import Proposal, close_suggestions, propose, reopen
from annotator.suggestions.models import Suggestion
from annotator.suggestions.queries import open_for
from tests.factories import make_member, make_sample, make_variable
from tests.suggestions.rows import make_graded, make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def states():
    return [(row.value, row.state) for row in Suggestion.objects.order_by("pk")]


def test_a_suggestion_is_kept_in_its_canonical_form_and_is_no_value():
    member, _, [sample], grade = make_graded()

    outcome = suggest(sample, grade, 8, confidence=0.9)

    [row] = open_for([sample], member)[sample.pk][grade.pk]
    assert outcome.is_changed
    assert (row.value, row.confidence, str(row.source)) == (8.0, 0.9, "grader 1")
    assert not VariableValue.objects.exists()
    sample.refresh_from_db()
    assert sample.state == "unlabeled"


def test_the_same_again_changes_nothing_whatever_became_of_the_first():
    _, _, [sample], grade = make_graded()
    suggest(sample, grade, 8, confidence=0.9)

    again = suggest(sample, grade, 8.0, confidence=0.9)
    close_suggestions(sample, {grade: 8.0}, by=None)
    later = suggest(sample, grade, 8, confidence=0.9)

    assert (again.is_changed, later.is_changed) == (False, False)
    assert states() == [(8.0, "accepted")]


def test_a_newer_proposal_of_the_same_source_supersedes_the_older():
    _, _, [sample], grade = make_graded()
    suggest(sample, grade, 8)

    suggest(sample, grade, 7, confidence=0.5)
    suggest(sample, grade, 7, confidence=0.6)

    assert states() == [(8.0, "superseded"), (7.0, "superseded"), (7.0, "open")]


def test_a_newer_version_supersedes_the_older_and_the_older_comes_back_by_no_repeat():
    _, dataset, [sample], grade = make_graded()
    second = make_source(dataset.workspace, version="2")
    suggest(sample, grade, 8)

    suggest(sample, grade, 7, source=second)
    repeat = suggest(sample, grade, 8)

    assert not repeat.is_changed
    assert states() == [(8.0, "superseded"), (7.0, "open")]


def test_two_sources_stand_side_by_side_the_newest_first():
    member, dataset, [sample], grade = make_graded()
    suggest(sample, grade, 8)
    suggest(sample, grade, 7, source=make_source(dataset.workspace, name="other"))

    rows = open_for([sample], member)[sample.pk][grade.pk]

    assert [row.value for row in rows] == [7.0, 8.0]


def test_none_takes_back_what_was_proposed_and_it_may_be_proposed_again():
    _, _, [sample], grade = make_graded()
    suggest(sample, grade, 8)

    taken_back = suggest(sample, grade, None)
    nothing_left = suggest(sample, grade, None)
    again = suggest(sample, grade, 8)

    changed = [each.is_changed for each in (taken_back, nothing_left, again)]
    assert changed == [True, False, True]
    assert states() == [(8.0, "superseded"), (8.0, "open")]


@pytest.mark.parametrize("value", [11, "high", 7.3, {}, ""])
def test_an_illegal_value_is_kept_with_the_reason_and_shown_to_nobody(value):
    member, _, [sample], grade = make_graded()

    outcome = suggest(sample, grade, value)

    row = Suggestion.objects.get()
    assert row.value == value
    assert row.invalid_reason == outcome.invalid_reason != ""
    assert open_for([sample], member) == {}
    assert close_suggestions(sample, {grade: 7.0}, by=None) == 0


def test_a_suggestion_that_the_variable_does_not_allow_any_more_is_not_shown():
    member, _, [sample], grade = make_graded()
    suggest(sample, grade, 9)

    datasets.change_variable(grade, by=None, max_value=5)

    assert open_for([sample], member) == {}


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_that_is_no_share_is_refused(confidence):
    _, _, [sample], grade = make_graded()

    with pytest.raises(BadInput, match="from 0 to 1"):
        suggest(sample, grade, 8, confidence=confidence)


def test_a_variable_of_another_dataset_or_twice_is_refused():
    _, dataset, [sample], grade = make_graded()
    twice = [Proposal(sample=sample, variable=grade, value=value) for value in (1, 2)]

    with pytest.raises(BadInput, match="another dataset"):
        suggest(sample, make_variable(), 8)
    with pytest.raises(BadInput, match="twice"):
        propose(make_source(dataset.workspace), twice)

    assert not Suggestion.objects.exists()


def test_the_database_holds_one_open_suggestion_per_sample_variable_and_source():
    _, dataset, [sample], grade = make_graded()
    source = make_source(dataset.workspace)
    suggest(sample, grade, 8)

    with pytest.raises(IntegrityError), transaction.atomic():
        Suggestion.objects.create(sample=sample, variable=grade, source=source, value=7.0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suggestion.objects.update(confidence=1.5)


def test_closing_marks_equal_differing_and_emptied_ones_in_one_statement(
    django_assert_num_queries,
):
    member, dataset, [sample], grade = make_graded()
    note = make_variable(dataset=dataset, name="note", type="string")
    flaws = make_variable(
        dataset=dataset, name="flaws", type="array", item_schema={"type": "string"}
    )
    kept = make_variable(dataset=dataset, name="kept", type="boolean")
    for variable, value in ((grade, 8), (note, "a"), (flaws, ["x", "y"]), (kept, True)):
        suggest(sample, variable, value)
    given = {grade: 7.5, note: None, flaws: ["x", "y"]}

    with django_assert_num_queries(1):
        marked = close_suggestions(sample, given, by=member.user)

    assert marked == 3
    assert [state for _, state in states()] == ["edited", "rejected", "accepted", "open"]
    assert set(Suggestion.objects.exclude(state="open").values_list("closed_by", flat=True)) == {
        member.user.pk
    }
    assert close_suggestions(sample, given, by=member.user) == 0


def test_what_did_not_fill_the_form_is_rejected_when_it_differs():
    _, dataset, [sample], grade = make_graded()
    suggest(sample, grade, 8)
    suggest(sample, grade, 7, source=make_source(dataset.workspace, name="other"))
    shown = Suggestion.objects.first()

    close_suggestions(sample, {grade: 6.0}, by=None, shown=[shown.pk])

    assert [state for _, state in states()] == ["edited", "rejected"]
    assert list(Suggestion.objects.values_list("was_shown", flat=True)) == [True, False]
    reopen(Suggestion.objects.all())
    assert set(Suggestion.objects.values_list("was_shown", flat=True)) == {None}


def test_an_undo_opens_what_was_closed_unless_the_source_has_something_newer():
    member, _, [first, second], grade = make_graded(samples=2)
    for sample in (first, second):
        suggest(sample, grade, 8)
        close_suggestions(sample, {grade: 8.0}, by=member.user)
    suggest(second, grade, 9)

    opened = reopen(Suggestion.objects.filter(closed_by=member.user))

    assert opened == 1
    assert states() == [(8.0, "open"), (8.0, "accepted"), (9.0, "open")]


def test_more_samples_cost_no_more_queries(django_assert_num_queries):
    member, _, samples, grade = make_graded(samples=5)
    for sample in samples:
        suggest(sample, grade, 8)

    with django_assert_num_queries(1):
        by_sample = open_for(samples, member)

    assert len(by_sample) == 5


def test_another_workspace_and_an_unknown_role_see_nothing():
    member, _, [sample], grade = make_graded()
    suggest(sample, grade, 8)
    stranger = make_member(Role.ADMIN)
    member.role = "guest"

    assert open_for([sample], stranger) == {}
    assert open_for([sample], member) == {}
    assert not type(make_source(sample.dataset.workspace)).objects.visible_to(stranger).exists()


def test_suggestions_of_removed_samples_are_not_shown():
    member, dataset, [sample], grade = make_graded()
    suggest(sample, grade, 8)
    suggest(make_sample(dataset=dataset), grade, 8)

    datasets.remove_sample(sample, by=None)

    assert open_for([sample], member) == {}
