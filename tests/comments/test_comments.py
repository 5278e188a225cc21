"""Comments on a sample: who reads them, for whom they are, and what waits for whom."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.comments.actions import add_comment, remove_comment
from annotator.comments.models import Comment, Mention
from annotator.comments.queries import thread
from annotator.notifications.models import Notification
from tests.factories import make_answer, make_member, make_sample, make_user, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample():
    return make_sample()


@pytest.fixture
def people(sample):
    """anna, who has answered, another annotator ben, and the reviewer rita, of one workspace."""
    workspace = sample.dataset.workspace
    roles = {"anna": Role.ANNOTATOR, "ben": Role.ANNOTATOR, "rita": Role.REVIEWER}
    return {
        name: make_member(role, workspace=workspace, user=make_user(username=name))
        for name, role in roles.items()
    }


@pytest.fixture
def answer(sample, people):
    return make_answer(sample=sample, author=people["anna"].user)


def browser_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def say(text, member, sample, **fields):
    return add_comment(sample, by=member.user, text=text, **fields)


def texts(sample, member):
    return [each.comment.text for each in thread(sample, member)]


def test_an_annotator_reads_what_is_about_their_answer_or_for_them_alone(sample, people, answer):
    say("Is this a scratch?", people["rita"], sample, answer=answer)
    say("Everybody answers 7 here.", people["rita"], sample)
    say("Ask @Ben.", people["rita"], sample)

    assert texts(sample, people["anna"]) == ["Is this a scratch?"]
    assert texts(sample, people["ben"]) == ["Ask @Ben."]
    assert len(texts(sample, people["rita"])) == 3
    assert texts(sample, make_member(Role.ADMIN)) == []


@pytest.mark.both_databases
def test_a_comment_waits_for_whom_it_names_and_for_those_who_speak_about_an_answer(
    sample, people, answer
):
    asked = say("Why 7, @nobody and @ben? Mail me@rita.", people["rita"], sample, answer=answer)

    def waits_for(comment):
        return set(comment.mentions.values_list("person__username", flat=True))

    assert waits_for(asked) == {"anna", "ben"}
    replied = say("Both corners are sharp.", people["anna"], sample, answer=answer)
    assert waits_for(replied) == {"rita"}
    assert Mention.objects.get(comment=asked, person__username="anna").read_at is not None
    assert Mention.objects.visible_to(people["ben"]).unread().get().comment == asked
    told = Notification.objects.visible_to(people["ben"]).get()
    assert (told.kind, str(told)) == ("mentioned", f"rita on {sample}: {asked.text}")


def test_the_page_beside_the_work_takes_a_comment_and_says_what_is_wrong_with_one(
    sample, people, answer
):
    client = browser_of(people["anna"])
    grade = make_variable(dataset=sample.dataset, name="grade")
    url, beside = (
        reverse("comments:add", args=[sample.pk]),
        {
            "HX-Request": "true",
            "HX-Target": "aside-content",
        },
    )

    said = client.post(url, {"text": "Too dark?", "variable": grade.pk}, headers=beside)
    empty = client.post(url, {"text": "  "}, headers=beside)
    plain = client.post(url, {"text": "And once more"})

    assert "<html" not in said.text
    assert "Too dark?" in said.text
    assert (empty.status_code, plain.status_code) == (422, 302)
    assert "Write 1 to 2,000 characters." in empty.text
    first, second = Comment.objects.all()
    assert (first.answer, first.variable) == (answer, grade)
    assert second.text == "And once more"


def test_a_comment_is_taken_back_by_its_author_alone_and_once(sample, people, answer):
    comment = say("Oops, @ben.", people["rita"], sample, answer=answer)
    url = reverse("comments:remove", args=[comment.pk])

    others = browser_of(people["anna"]).post(url)
    strangers = browser_of(make_member(Role.ADMIN)).post(url)
    own = browser_of(people["rita"]).post(url)
    late = browser_of(people["rita"]).post(url)

    statuses = [each.status_code for each in (others, strangers, own, late)]
    assert statuses == [409, 404, 302, 409]
    assert texts(sample, people["rita"]) == []
    assert not Mention.objects.visible_to(people["ben"]).exists()
    assert not Notification.objects.exists()
    people["ben"].refresh_from_db()
    assert people["ben"].unread == 0


@pytest.mark.both_databases
def test_who_has_left_is_not_shown_a_removed_comment_when_they_are_back(sample, people):
    comment = say("Oops, @ben.", people["rita"], sample)
    ben = people["ben"].user
    people["ben"].delete()

    remove_comment(comment, by=people["rita"].user)
    back = make_member(workspace=sample.dataset.workspace, user=ben)

    assert "Oops" not in browser_of(back).get(reverse("notifications:list")).text


def test_nobody_comments_on_a_sample_of_another_workspace_or_names_its_answers(sample, people):
    foreign = make_answer()

    outside = browser_of(people["rita"]).post(
        reverse("comments:add", args=[foreign.sample_id]), {"text": "Hello"}
    )
    browser_of(people["rita"]).post(
        reverse("comments:add", args=[sample.pk]), {"text": "Hello", "answer": foreign.pk}
    )

    assert outside.status_code == 404
    assert Comment.objects.get().answer is None


def test_what_waits_is_listed_put_aside_or_opened_and_more_costs_no_more(
    sample, people, answer, django_assert_max_num_queries
):
    client, url = browser_of(people["anna"]), reverse("home:waiting")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url)
        return len(queries), page

    for number in range(2):
        say(f"Number {number}", people["rita"], sample, answer=answer)
    few, page = cost()
    for number in range(2, 6):
        say(f"Number {number}", people["rita"], sample, answer=answer)
    many, _ = cost()

    assert "Number 1" in page.text
    assert many == few
    first, second, *_ = Mention.objects.order_by("pk")
    done = client.post(reverse("comments:read", args=[first.pk]), {"done": "1"})
    opened = client.post(reverse("comments:read", args=[second.pk]))
    foreign = browser_of(people["ben"]).post(reverse("comments:read", args=[second.pk]))
    assert (done.url, opened.url) == (url, reverse("comments:of_sample", args=[sample.pk]))
    assert foreign.status_code == 404
    assert "Number 0" not in client.get(url).text
