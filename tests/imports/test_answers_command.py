"""`import_answers`: guesses, choices, a dry run, and what a wrong call is told."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotator.annotation.models import Answer
from annotator.datasets.models import VariableValue
from annotator.suggestions.models import Suggestion
from tests.factories import make_sample, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file_name;Note;weight\na.jpg;fine;1,5\n", encoding="utf-8")
    return path


@pytest.fixture
def sample(dataset):
    make_variable(dataset=dataset, name="note", type="string")
    make_variable(dataset=dataset, name="mass", type="float")
    return make_sample(dataset=dataset, name="a")


def call(file, dataset, *options):
    out = StringIO()
    call_command("import_answers", file, "--dataset", dataset.name, *options, stdout=out)
    return out.getvalue()


def test_columns_are_guessed_and_mapped_by_options(file, dataset, sample):
    said = call(file, dataset, "--map", "weight=variable:mass")

    assert set(VariableValue.objects.values_list("value", flat=True)) == {"fine", 1.5}
    assert "Note: Variable note" in said
    assert "1 rows: 0 samples made, 2 new values, 0 changed, 0 equal, 0 refused." in said


def test_the_row_of_the_header_is_an_option(file, dataset, sample):
    file.write_text("camera;7\nfile_name;Note\na.jpg;fine\n", encoding="utf-8")

    call(file, dataset, "--header-row", "2")

    assert VariableValue.objects.get().value == "fine"
    with pytest.raises(CommandError, match="Row 9 can't be the header"):
        call(file, dataset, "--header-row", "9")


def test_a_dry_run_writes_nothing(file, dataset, sample):
    said = call(file, dataset, "--dry-run")

    assert "Nothing was written" in said
    assert not VariableValue.objects.exists()


def test_answers_for_review_are_submitted_by_the_named_person(file, dataset, sample, admin):
    call(file, dataset, "--review", "--by", admin.user.username)

    answer = Answer.objects.get()
    assert (answer.author, answer.state) == (admin.user, Answer.State.SUBMITTED)
    assert not VariableValue.objects.exists()


def test_suggestions_are_proposed_in_the_files_name(file, dataset, sample):
    call(file, dataset, "--suggest")

    suggestion = Suggestion.objects.get()
    assert (suggestion.value, suggestion.source.name) == ("fine", "import: labels.csv")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--map", "colour=name"], "There is no column “colour”"),
        (["--map", "Note=shape"], "“shape” is no use of a column"),
        (["--map", "Note=name", "--map", "weight=name"], "2 columns are “Sample name”"),
        (["--review"], "name one"),
        (["--review", "--by", "nobody"], "nobody called nobody"),
        (["--map", "file_name=ignored"], "No column says which sample"),
    ],
)
def test_a_wrong_call_is_told_what_to_do(file, dataset, sample, options, told):
    with pytest.raises(CommandError, match=told):
        call(file, dataset, *options)

    assert not VariableValue.objects.exists()
