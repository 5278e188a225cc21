"""The list, approving many at once, and opening approved samples again."""

import uuid

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.review.actions import approve, verdicts
from annotator.review.models import Review
from tests.factories import make_member, make_sample
from tests.review.rows import at, make_cards, seen, submit_answer

pytestmark = pytest.mark.django_db


def ticked(*answers):
    return {"answer": [f"{answer.pk}:{answer.rev}" for answer in answers]}


def test_the_list_shows_values_as_columns_the_oldest_first(reviewer, dataset):
    first, second = submit_answer(dataset, grade=7), submit_answer(dataset, grade=8)

    page = reviewer.get(at("list", dataset)).context["page"]

    assert [variable.name for variable in page.variables] == ["grade", "note"]
    assert [line.answer for line in page.rows] == [first, second]
    assert page.rows[1].cells[0][1] == "8"


def test_a_long_list_has_pages_and_costs_the_same(reviewer, dataset, monkeypatch):
    monkeypatch.setattr("annotator.review.queries.PAGE", 2)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = reviewer.get(at("list", dataset)).context["page"]
        return len(queries), page

    answers = [submit_answer(dataset)]
    before, _ = cost()
    answers += [submit_answer(dataset) for _ in range(3)]
    after, page = cost()
    second = reviewer.get(at("list", dataset) + page.pager["next_query"]).context["page"]

    assert after == before
    assert [line.answer for line in page.rows + second.rows] == answers


def test_the_ticked_answers_are_approved_and_the_others_stay(reviewer, dataset):
    first, second, third = (submit_answer(dataset) for _ in range(3))

    page = reviewer.post(at("approve_many", dataset), ticked(first, second), follow=True)

    assert "2 approved" in page.text
    states = {sample.pk: sample.state for sample in Sample.objects.all()}
    assert states[first.sample_id] == states[second.sample_id] == Sample.State.APPROVED
    assert states[third.sample_id] == Sample.State.SUBMITTED


def test_each_that_fails_is_named_with_its_reason_and_stops_no_other(
    reviewer, member, dataset, monkeypatch
):
    good, judged, own, illegal, broken = (
        submit_answer(
            dataset, sample=make_sample(dataset=dataset, name=name), author=author, grade=grade
        )
        for name, author, grade in [
            ("good", None, 1),
            ("judged", None, 1),
            ("own", member.user, 1),
            ("illegal", None, 9),
            ("broken", None, 1),
        ]
    )
    sent = ticked(good, judged, own, illegal, broken)
    approve(judged, by=make_member().user, seen_rev=judged.rev)
    dataset.variables.filter(name="grade").update(max_value=5)
    publish = verdicts.publish

    def fail_one(answer, **kwargs):
        if answer.pk == broken.pk:
            raise DatabaseError("disk full")
        publish(answer, **kwargs)

    monkeypatch.setattr(verdicts, "publish", fail_one)
    page = reviewer.post(at("approve_many", dataset), sent, follow=True)

    result = page.context["result"]
    why = {name: words for _, name, words in result["failed"]}
    assert result["approved"] == 1
    assert set(why) == {"judged", "own", "illegal", "broken"}
    assert "does not await a verdict any more" in why["judged"]
    assert "your own answer" in why["own"]
    assert "grade" in why["illegal"]
    assert all(words in page.text for words in ("1 approved, 4 not", "Try again"))
    assert Review.objects.filter(answer__in=[own, illegal, broken]).count() == 0


def test_an_answer_that_changed_since_the_list_was_drawn_is_not_approved(reviewer, answer):
    sent = ticked(answer)
    Answer.objects.update(rev=answer.rev + 1)

    page = reviewer.post(at("approve_many", answer.sample.dataset), sent, follow=True)

    assert "was changed after you opened it" in page.text
    assert not Review.objects.exists()


def test_what_is_posted_for_another_dataset_is_passed_over(reviewer, dataset):
    foreign = submit_answer(make_cards())
    nonsense = {"answer": ["x", "1:2", f"{uuid.uuid4()}:1", f"{foreign.pk}:{foreign.rev}"]}

    page = reviewer.post(at("approve_many", dataset), nonsense, follow=True)

    assert page.context["result"]["approved"] == 0
    foreign.sample.refresh_from_db()
    assert foreign.sample.state == Sample.State.SUBMITTED


def test_an_approved_sample_goes_back_to_its_author_with_the_reason(reviewer, answer):
    reviewer.post(at("approve", answer), seen(answer))

    asked = reviewer.get(at("reopen", answer.sample))
    response = reviewer.post(at("reopen", answer.sample), {"reason": "The rule is new."})

    assert asked.status_code == 200
    assert response.url == reverse("datasets:sample", args=[answer.sample_id])
    assert (
        Answer.objects.filter(author=answer.author, state="returned").get().return_reason
        == "The rule is new."
    )


def test_reopening_asks_for_a_reason_first(reviewer, answer):
    reviewer.post(at("approve", answer), seen(answer))

    unasked = reviewer.post(at("reopen", answer.sample))
    empty = reviewer.post(at("reopen", answer.sample), {"reason": "  "})

    assert (unasked.status_code, empty.status_code) == (200, 422)
    assert Sample.objects.get().state == Sample.State.APPROVED


def test_what_is_not_approved_can_not_be_reopened(reviewer, answer):
    response = reviewer.post(at("reopen", answer.sample), {"reason": "Why not?"})

    assert response.status_code == 409


def test_from_a_sample_the_way_leads_to_its_answer(reviewer, answer):
    there = reviewer.get(at("of_sample", answer.sample))
    reviewer.post(at("approve", answer), seen(answer))

    assert there.url == at("sample", answer)
    assert reviewer.get(at("of_sample", answer.sample)).status_code == 404


def test_only_reviewers_of_the_workspace_reopen(answer):
    for member, status in (
        (make_member(workspace=answer.sample.dataset.workspace), 403),
        (make_member(Role.ADMIN), 404),
    ):
        client = Client()
        client.force_login(member.user)

        assert client.post(at("reopen", answer.sample), {"reason": "x"}).status_code == status
