"""Answers of a file become values of samples: mapped, checked, imported twice, undone."""

import pytest

from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample, Variable, VariableValue
from annotator.imports.answers import actions
from annotator.imports.models import AnswerImport
from tests.factories import make_sample, make_variable
from tests.imports.answering import check, counts, opened, problems, run, undo, work_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", type="float", max_value=10)


@pytest.fixture
def table(tmp_path):
    def write(text, name="labels.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def values_of(dataset):
    rows = VariableValue.objects.filter(sample__dataset=dataset, is_set=True)
    return dict(rows.values_list("sample__name", "value"))


def test_answers_of_a_table_become_accepted_values_of_the_samples_of_these_names(
    dataset, grade, table
):
    for name in ("a", "b", "c"):
        make_sample(dataset=dataset, name=name)

    done = run(opened(dataset, table("name,grade\na,7.5\nB,3\nc,\nd,4\n")))

    assert done.state == "done"
    assert values_of(dataset) == {"a": 7.5, "b": 3.0}
    assert counts(done) == (2, 0, 0, 1)
    assert problems(done) == [(5, "name", "d")]
    assert Sample.objects.get(name="a").state == Sample.State.APPROVED
    assert set(VariableValue.objects.values_list("origin", flat=True)) == {Origin.IMPORTED}


def test_the_same_file_again_changes_nothing(dataset, grade, table):
    make_sample(dataset=dataset, name="a")
    path = table("name,grade\na,7.5\n")
    run(opened(dataset, path))
    before = list(VariableValue.objects.values())

    again = run(opened(dataset, path))

    assert counts(again) == (0, 0, 1, 0)
    assert list(VariableValue.objects.values()) == before


def test_a_check_counts_what_the_import_does_and_writes_nothing(dataset, table):
    make_sample(dataset=dataset, name="a")
    answer_import = opened(dataset, table("name,colour,weight\na,red,007\nx,blue,8\n"))

    checked = check(answer_import)

    assert checked.state == "checked"
    assert (counts(checked), checked.total) == ((2, 0, 0, 1), 2)
    assert not VariableValue.objects.exists()
    assert not Variable.objects.exists()
    done = run(checked)
    assert counts(done) == (2, 0, 0, 1)
    types = dict(Variable.objects.values_list("name", "type"))
    assert types == {"colour": "string", "weight": "string"}
    assert values_of(dataset)["a"] in {"red", "007"}


def test_a_cell_that_is_not_allowed_is_refused_and_the_rest_of_its_row_goes_in(
    dataset, grade, table
):
    make_variable(dataset=dataset, name="note", type="string")
    make_sample(dataset=dataset, name="a")

    done = run(opened(dataset, table("name,grade,note\na,99,fine\n")))

    assert counts(done) == (1, 0, 0, 1)
    refusal = done.refusals.get()
    assert (refusal.number, refusal.column, refusal.value) == (2, "grade", "99")
    assert "10" in refusal.reason
    assert refusal.remedy


def test_an_undo_gives_back_what_was_and_leaves_what_somebody_has_changed_since(
    dataset, admin, grade, table
):
    samples = {name: make_sample(dataset=dataset, name=name) for name in ("a", "b", "c")}
    set_value(samples["a"], grade, 1, origin=Origin.TYPED, by=admin.user)
    done = run(opened(dataset, table("name,grade\na,2\nb,3\nc,4\n")))
    set_value(samples["c"], grade, 5, origin=Origin.TYPED, by=admin.user)

    undone = undo(done)

    assert undone.state == "undone"
    assert values_of(dataset) == {"a": 1.0, "c": 5.0}
    assert [(row.number, row.column) for row in undone.refusals.all()] == [(4, "grade")]
    assert Sample.objects.get(name="b").state == Sample.State.UNLABELED
    first = VariableValue.objects.get(sample=samples["a"])
    assert (first.origin, first.set_by) == (Origin.TYPED, admin.user)


def test_an_undo_takes_back_what_two_rows_changed_of_one_sample(dataset):
    sample = make_sample(dataset=dataset, name="a", description="second")
    done = AnswerImport.objects.create(dataset=dataset, state="done", position=2)
    for number, change in enumerate([["first", "between"], ["between", "second"]]):
        changes = {"fields": {"description": change}}
        done.rows.create(number=number, key=number, sample=sample, changes=changes)

    undone = undo(done)

    sample.refresh_from_db()
    assert (sample.description, undone.refused) == ("first", 0)


def test_a_variable_that_the_import_made_goes_with_it(dataset, table):
    make_sample(dataset=dataset, name="a")
    done = run(opened(dataset, table("name,colour\na,red\n")))

    undo(done)

    assert not Variable.objects.live().exists()


def test_the_second_row_about_a_sample_is_refused(dataset, grade, table):
    make_sample(dataset=dataset, name="a")

    done = run(opened(dataset, table("name,grade\na,1\na.jpg,2\n")))

    assert values_of(dataset) == {"a": 1.0}
    assert problems(done) == [(3, "name", "a.jpg")]


def test_an_external_id_is_kept_and_known_again_by_another_name(dataset, grade, table):
    make_sample(dataset=dataset, name="a")
    run(opened(dataset, table("id,name,grade\n007,a,1\n8,b,2\n")))

    done = run(opened(dataset, table("id,name,grade\n007,renamed,2\n9,x,2\n")))

    sample = Sample.objects.get()
    assert (sample.external_id, sample.name) == ("007", "a")
    assert values_of(dataset) == {"a": 2.0}
    assert counts(done) == (0, 1, 0, 1)


def test_a_name_that_several_samples_have_is_refused(dataset, grade, table):
    make_sample(dataset=dataset, name="a")
    make_sample(dataset=dataset, name="a")

    done = run(opened(dataset, table("name,grade\na,1\n")))

    assert "2 samples" in done.refusals.get().reason


def test_an_import_goes_on_after_each_batch_where_it_was(dataset, grade, table, monkeypatch):
    monkeypatch.setattr("annotator.imports.answers.batches.ROWS", 2)
    names = [f"s{number}" for number in range(7)]
    for name in names:
        make_sample(dataset=dataset, name=name)
    rows = "".join(f"{name},{number}\n" for number, name in enumerate(names))
    answer_import = opened(dataset, table(f"name,grade\n{rows}"))

    actions.start_import(answer_import, by=None)
    work_all(answer_import, seconds=0)

    assert answer_import.state == "done"
    assert counts(answer_import) == (7, 0, 0, 0)
    assert answer_import.position == 7
