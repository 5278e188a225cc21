"""Files that real tools and people send: what can't be imported as it is meant is said, and never guessed."""

import json

import openpyxl
import pytest

from annotator.datasets.models import VariableValue
from annotator.imports.answers import actions
from annotator.imports.answers.mapping import targets_of
from annotator.imports.formats.records import Reading, Standing
from tests.factories import make_sample, make_variable
from tests.imports.answering import check, opened, problems, run, work_all
from tests.pictures import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", type="float")


@pytest.fixture
def kind(dataset):
    return make_variable(dataset=dataset, name="kind", type="string")


def values():
    rows = VariableValue.objects.filter(is_set=True)
    return dict(rows.values_list("sample__name", "value"))


@pytest.fixture
def answered_twice(dataset, tmp_path):
    """A task of Label Studio to which two people gave different answers, and one of which they agree."""
    for name in ("a", "b"):
        make_sample(dataset=dataset, name=name)
    tasks = [
        {
            "id": number,
            "data": {"image": f"{name}.png"},
            "annotations": [
                {"result": [said(kind)], "completed_by": by} for by, kind in enumerate(kinds, 1)
            ],
        }
        for number, (name, kinds) in enumerate({"a": ["cat", "dog"], "b": ["cat", "cat"]}.items())
    ]
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks))
    return path


def said(kind):
    return {
        "from_name": "kind",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": [kind]},
    }


def test_of_answers_that_differ_none_is_accepted(dataset, kind, answered_twice):
    done = run(opened(dataset, answered_twice))

    assert values() == {"b": "cat"}
    assert {each.reason for each in done.refusals.all()} == {
        "The file gives different answers to it."
    }
    assert problems(done) == [(1, "id", "0"), (1, "id", "0")]
    assert "1 row: several people answered differently." in done.notes


def test_of_answers_that_differ_the_first_is_reviewed_and_the_other_named(
    dataset, kind, admin, answered_twice
):
    done = run(opened(dataset, answered_twice, by=admin.user, standing=Standing.REVIEW))

    assert (done.values_new, problems(done)) == (2, [(1, "id", "0")])


def test_a_thousand_is_never_read_as_one(dataset, grade, tmp_path):
    for name in ("a", "b"):
        make_sample(dataset=dataset, name=name)
    path = tmp_path / "labels.csv"
    path.write_text("name;grade\na;1.234\nb;2.500\n")
    one = opened(dataset, path)

    assert problems(check(one)) == [(2, "grade", "1.234"), (3, "grade", "2.500")]
    assert "choose the decimal mark" in one.refusals.first().reason

    actions.read_again(one, reading=Reading(decimal="."))
    work_all(one)
    actions.choose_columns(one, targets_of(one.mapping), standing=one.standing)
    run(one)
    assert values() == {"a": 1.234, "b": 2.5}


@pytest.mark.parametrize("ending", ["json", "xlsx"])
def test_numbers_in_a_column_of_texts_are_texts(dataset, kind, tmp_path, ending):
    cells = {"a": 12, "b": "yes", "c": 1.5, "d": True}
    for name in cells:
        make_sample(dataset=dataset, name=name)
    path = tmp_path / f"labels.{ending}"
    if ending == "json":
        path.write_text(json.dumps([{"name": name, "kind": cells[name]} for name in cells]))
    else:
        book = openpyxl.Workbook()
        for row in [("name", "kind"), *cells.items()]:
            book.active.append(row)
        book.save(path)

    assert run(opened(dataset, path)).refused == 0

    assert values() == {"a": "12", "b": "yes", "c": "1.5", "d": "true"}


def test_a_row_is_refused_once_where_its_picture_is_a_path_out_of_the_folder(
    dataset, grade, tmp_path
):
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "labels.csv").write_text("file,grade\n../secret.png,1\n/etc/passwd,2\na.png,3\n")

    done = run(opened(dataset, tmp_path))

    assert problems(done) == [(2, "file", "../secret.png"), (3, "file", "/etc/passwd")]
    assert values() == {"a": 3.0}
