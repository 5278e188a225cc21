"""Imported answers as answers for review and as suggestions: written, again, undone."""

import pytest

from annotator.annotation.models import Answer
from annotator.datasets.models import Sample, VariableValue
from annotator.imports.formats.records import Standing
from annotator.suggestions.models import Suggestion
from tests.factories import make_member, make_sample, make_variable
from tests.imports.answering import counts, opened, run, undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(dataset, tmp_path):
    make_variable(dataset=dataset, name="grade", type="float", required=True)
    for name in ("a", "b"):
        make_sample(dataset=dataset, name=name)
    path = tmp_path / "labels.csv"
    path.write_text("name,grade\na,1\nb,2\n")
    return path


def review(dataset, file, by):
    return run(opened(dataset, file, by=by.user, standing=Standing.REVIEW), by=by.user)


def test_answers_for_review_are_submitted_and_the_same_again_changes_nothing(dataset, admin, file):
    done = review(dataset, file, admin)

    assert counts(done) == (2, 0, 0, 0)
    assert set(Sample.objects.values_list("state", flat=True)) == {"submitted"}
    assert not VariableValue.objects.exists()
    assert counts(review(dataset, file, admin)) == (0, 0, 2, 0)


def test_a_sample_that_somebody_else_has_answered_is_refused(dataset, admin, file):
    review(dataset, file, admin)
    other = make_member("reviewer", workspace=dataset.workspace)

    done = review(dataset, file, other)

    assert counts(done) == (0, 0, 0, 2)
    assert "Somebody else" in done.refusals.first().reason


def test_an_undo_takes_answers_back_that_nobody_has_reviewed(dataset, admin, file):
    done = review(dataset, file, admin)

    undo(done)

    assert not Answer.objects.exists()
    assert set(Sample.objects.values_list("state", flat=True)) == {"unlabeled"}
    assert not Sample.objects.filter(lease_holder__isnull=False).exists()


def test_suggestions_are_proposed_once_and_taken_back(dataset, admin, file):
    done = run(opened(dataset, file, standing=Standing.SUGGESTION))
    again = run(opened(dataset, file, standing=Standing.SUGGESTION))

    assert (counts(done), counts(again)) == ((2, 0, 0, 0), (0, 0, 2, 0))
    assert set(Suggestion.objects.values_list("source__name", flat=True)) == {"import: labels.csv"}

    undo(done)

    assert not Suggestion.objects.open().exists()
    assert not VariableValue.objects.exists()
