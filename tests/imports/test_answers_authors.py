"""Answers of several people in one file: kept as those of each, compared, refused by name, undone."""

import json
from dataclasses import replace

import pytest
from django.urls import reverse

from annotator.accounts.models import Role, User
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample
from annotator.errors import BadInput
from annotator.imports.answers import actions
from annotator.imports.answers.mapping import targets_of
from annotator.imports.formats.records import Standing
from tests.factories import make_member, make_sample, make_variable
from tests.imports.answering import counts, opened, problems, run, undo, work_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(dataset):
    """Ada and Bo label here, Cy does not."""
    ada, bo = (make_member(Role.ANNOTATOR, workspace=dataset.workspace).user for _ in range(2))
    User.objects.filter(pk=ada.pk).update(username="ada", email="ada@example.com")
    User.objects.filter(pk=bo.pk).update(username="bo", first_name="Bo", last_name="Li")
    User.objects.filter(pk=make_member(Role.ANNOTATOR).user.pk).update(username="cy")
    return ada, bo


@pytest.fixture
def file(dataset, tmp_path):
    make_variable(dataset=dataset, name="grade", type="float", required=True)
    for name in ("a", "b"):
        make_sample(dataset=dataset, name=name)
    path = tmp_path / "labels.csv"
    path.write_text("name,grade,annotator\na,1,ada@example.com\na,2,Bo Li\nb,3,ADA\nb,3,bo\n")
    return path


def several(dataset, number=2):
    dataset.answers_per_sample = number
    Dataset.objects.filter(pk=dataset.pk).update(answers_per_sample=number, overlap_percent=100)
    dataset.refresh_from_db()


def review(dataset, file, **roles):
    return run(opened(dataset, file, standing=Standing.REVIEW, **roles))


def answers():
    rows = Answer.objects.order_by("sample__name", "author__username")
    return [
        (answer.sample.name, answer.author.username, answer.value_rows().popitem()[1].value)
        for answer in rows
    ]


def test_each_persons_answers_are_kept_as_theirs_and_compared(dataset, people, file):
    several(dataset)

    done = review(dataset, file)

    assert {entry["column"]: entry["role"] for entry in done.mapping}["annotator"] == "author"
    assert counts(done) == (4, 0, 0, 0)
    assert answers() == [("a", "ada", 1.0), ("a", "bo", 2.0), ("b", "ada", 3.0), ("b", "bo", 3.0)]
    assert set(Sample.objects.values_list("state", flat=True)) == {"submitted"}
    assert counts(review(dataset, file)) == (0, 0, 4, 0)

    undo(done)

    assert not Answer.objects.exists()
    assert set(Sample.objects.values_list("state", flat=True)) == {"unlabeled"}


def test_an_answer_that_waits_for_others_is_taken_back_alone(dataset, people, file):
    several(dataset, 3)
    file.write_text("name,grade,annotator\na,1,ada\n")
    first = review(dataset, file)
    file.write_text("name,grade,annotator\na,2,bo\n")
    second = review(dataset, file)

    undo(second)

    assert answers() == [("a", "ada", 1.0)]
    assert first.refusals.count() == 0
    assert Answer.objects.get().state == Answer.State.COLLECTED


def test_rows_of_nobody_and_of_more_people_than_are_asked_are_refused(dataset, people, file):
    file.write_text("name,grade,annotator\na,1,ada\na,2,bo\nb,3,cy\nb,4,\n")
    roles = {"name": ("name", ""), "grade": ("variable", "grade"), "annotator": ("author", "")}

    done = review(dataset, file, **roles)

    assert answers() == [("a", "ada", 1.0)]
    assert problems(done) == [(3, "", ""), (4, "annotator", "cy"), (5, "name", "b")]
    reasons = [each.reason for each in done.refusals.all()]
    assert "Somebody else" in reasons[0]
    assert "ask several people" in done.refusals.first().remedy
    assert reasons[1:] == [
        "Nobody who labels in this workspace is called “cy”.",
        "It does not say who answered.",
    ]


def test_an_emptied_cell_is_nobodys_though_one_person_has_no_address(dataset, people, file):
    User.objects.exclude(username="bo").update(email="x@example.com")
    User.objects.filter(username="bo").update(email="")
    file.write_text("name,grade,annotator\na,1,cy\n")
    roles = {"name": ("name", ""), "grade": ("variable", "grade"), "annotator": ("author", "")}
    one = opened(dataset, file, standing=Standing.REVIEW, **roles)

    actions.mend(one, {2: {"annotator": " "}})
    run(one)

    assert answers() == []
    assert problems(one) == [(2, "annotator", " ")]


@pytest.fixture
def label_studio(dataset, tmp_path):
    """Two tasks: of the first both people say the same, the second nobody answered."""
    make_variable(dataset=dataset, name="note", type="string", required=True)
    result = [
        {"from_name": "note", "to_name": "t", "type": "textarea", "value": {"text": ["fine"]}}
    ]
    annotations = [{"completed_by": each, "result": result} for each in (1, 2)]
    tasks = [
        {"id": 1, "data": {"name": "a"}, "annotations": annotations},
        {"id": 2, "data": {"name": "b"}, "annotations": []},
    ]
    for each in tasks:
        make_sample(dataset=dataset, name=each["data"]["name"])
    path = tmp_path / "project.json"
    path.write_text(json.dumps(tasks))
    return path


def test_people_of_another_tool_are_who_is_chosen_for_their_number(
    client, admin, dataset, people, label_studio
):
    several(dataset)
    client.force_login(admin.user)
    one = work_all(actions.begin(dataset, by=admin.user, path=label_studio))
    columns = [entry["column"] for entry in one.mapping]
    uses = {"id": "ignored", "name": "name", "note": "variable:note", "answered by": "author"}
    fields = {f"use-{place}": uses[column] for place, column in enumerate(columns)}
    author = columns.index("answered by")

    page = client.get(reverse("imports:answers", args=[one.pk])).text
    assert f'name="person-{author}-1"' in page
    fields |= {f"person-{author}-{place}": person.pk for place, person in enumerate(people)}
    client.post(reverse("imports:answers_columns", args=[one.pk]), {**fields, "standing": "review"})
    one = run(work_all(one))

    assert answers() == [("a", "ada", "fine"), ("a", "bo", "fine")]
    assert counts(one) == (2, 0, 0, 0)
    assert set(Sample.objects.values_list("name", "state")) == {
        ("a", "submitted"),
        ("b", "unlabeled"),
    }


def test_who_is_chosen_for_a_name_is_so_however_it_is_spaced(dataset, people, file):
    several(dataset)
    file.write_text("name,grade,annotator\na,1,ADA L. \nb,3,ADA L.\n")
    one = work_all(actions.begin(dataset, by=None, path=file))
    targets = targets_of(one.mapping)
    chosen = [
        replace(target, role="author", people={name: str(people[0].pk) for name in target.names})
        if target.names
        else target
        for target in targets
    ]
    actions.choose_columns(one, chosen, standing=Standing.REVIEW)

    assert [target.names for target in targets if target.names] == [["ADA L."]]
    run(one)
    assert answers() == [("a", "ada", 1.0), ("b", "ada", 3.0)]


def test_answers_of_whom_nobody_is_chosen_for_are_refused(dataset, people, label_studio):
    several(dataset)
    one = work_all(actions.begin(dataset, by=None, path=label_studio))
    uses = {"name": ("name", ""), "note": ("variable", "note"), "answered by": ("author", "")}
    targets = [
        replace(
            target,
            role=uses.get(target.column, ("ignored", ""))[0],
            variable=uses.get(target.column, ("ignored", ""))[1],
            people={"1": str(people[0].pk), "2": ""} if target.names else {},
        )
        for target in targets_of(one.mapping)
    ]
    actions.choose_columns(one, targets, standing=Standing.REVIEW)

    run(one)

    assert answers() == [("a", "ada", "fine")]
    assert [each.reason for each in one.refusals.all()] == [
        "Nobody is chosen for “2”: choose who it is, beside the column."
    ]


def test_who_answered_is_left_out_unless_several_are_asked(dataset, people, label_studio):
    label_studio.write_text(
        label_studio.read_text().replace('"completed_by": 1', '"completed_by": "ada"')
    )

    roles = []
    for number in (1, 2):
        several(dataset, number)
        one = work_all(actions.begin(dataset, by=None, path=label_studio))
        roles.append({entry["column"]: entry["role"] for entry in one.mapping}["answered by"])

    assert roles == ["ignored", "author"]


def test_only_answers_for_review_have_people(dataset, people, file):
    several(dataset)
    answer_import = work_all(actions.begin(dataset, by=None, path=file))

    with pytest.raises(BadInput, match="only answers for review"):
        actions.choose_columns(
            answer_import, targets_of(answer_import.mapping), standing=Standing.ACCEPTED
        )
