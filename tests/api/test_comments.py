"""Scripts read what is said about samples and say something themselves."""

import pytest

from annotator.accounts.models import Role, Scope
from annotator.annotation.actions import open_answer
from annotator.comments.actions import add_comment
from annotator.comments.models import Comment, Mention
from annotator.notifications.models import Notification
from tests.api.client import ApiCaller
from tests.factories import (
    make_dataset,
    make_member,
    make_sample,
    make_token,
    make_user,
    make_variable,
)

pytestmark = pytest.mark.django_db

PATH = "/vlm/v2/comment/"


@pytest.fixture
def sample(admin):
    return make_sample(dataset=make_dataset(workspace=admin.workspace))


@pytest.fixture
def anna(admin):
    return make_member(workspace=admin.workspace, user=make_user(username="anna"))


def caller(member, scope=Scope.LABEL):
    return ApiCaller(make_token(member, scope=scope))


def test_a_comment_is_told_to_those_it_names_and_listed_by_its_sample(api, admin, sample, anna):
    grade = make_variable(dataset=sample.dataset, name="grade")
    other = make_sample(dataset=sample.dataset)
    body = {"sample": str(sample.pk), "variable": str(grade.pk), "text": "A 7? @anna"}

    made = api.post(PATH, body)
    api.post(PATH, {"sample": str(other.pk), "text": "Blurred."})
    listed = api.get(PATH, sample=str(sample.pk)).json()["results"]

    assert made.status_code == 201
    assert listed == [made.json()]
    row = made.json()
    assert (row["variable"], row["author"], row["text"]) == (
        str(grade.pk),
        admin.user_id,
        "A 7? @anna",
    )
    assert api.get(PATH, dataset=str(sample.dataset_id)).json()["count"] == 2
    assert api.get(PATH, author=anna.user_id).json()["count"] == 0
    assert Mention.objects.get().person == anna.user
    assert Notification.objects.get().kind == "mentioned"


def test_what_is_wrong_is_said_and_nothing_is_kept(api, sample):
    foreign, elsewhere = make_sample(), make_variable(dataset=make_dataset())
    near = make_variable(dataset=make_dataset(workspace=sample.dataset.workspace))
    at = {"sample": str(sample.pk)}

    said = [
        api.post(PATH, body).json()["detail"]
        for body in (
            at,
            at | {"text": " "},
            at | {"text": "x" * 2001},
            {"sample": str(foreign.pk), "text": "x"},
            at | {"text": "x", "variable": str(elsewhere.pk)},
            at | {"text": "x", "variable": str(near.pk)},
        )
    ]

    assert said[0] == "text: This field is required."
    assert "blank" in said[1]
    assert "2000" in said[2]
    assert said[3].endswith("in this workspace.")
    assert said[4].endswith("in this workspace.")
    assert said[5] == "variable: This variable is of another dataset than the sample."
    assert not Comment.objects.exists()


def test_an_annotator_reads_what_is_for_them_and_nothing_of_others(admin, sample, anna):
    ben = make_member(workspace=admin.workspace)
    theirs = open_answer(sample, by=ben.user)
    theirs.save()
    add_comment(sample, by=admin.user, text="Ben gave a 9.", answer=theirs)
    add_comment(sample, by=admin.user, text="Look again, @anna.")
    removed = Comment.objects.create(
        sample=sample, author=anna.user, text="Oh.", removed_at=sample.created_at
    )
    stranger = make_member(Role.ADMIN)

    seen = {
        name: {row["text"] for row in caller(member).get(PATH).json()["results"]}
        for name, member in {"anna": anna, "ben": ben, "admin": admin, "stranger": stranger}.items()
    }

    assert seen["anna"] == {"Look again, @anna."}
    assert seen["ben"] == {"Ben gave a 9."}
    assert seen["admin"] == {"Ben gave a 9.", "Look again, @anna."}
    assert seen["stranger"] == set()
    assert removed.text not in str(seen)
