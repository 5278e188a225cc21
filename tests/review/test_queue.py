"""Who gets which answer: the oldest first, none twice, nobody's own."""

import re
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.review.actions import next_answer, return_answer
from annotator.review.views.work import answer_or_404
from tests.factories import make_member
from tests.review.rows import at, make_cards, seen, submit_answer

pytestmark = pytest.mark.django_db


def test_with_one_dataset_waiting_the_way_leads_straight_to_its_oldest_answer(reviewer, dataset):
    first = submit_answer(dataset)
    submit_answer(dataset)

    page = reviewer.get(at("start"), follow=True)

    assert page.redirect_chain[-1][0] == at("sample", first)


def test_with_several_datasets_each_says_how_much_waits(reviewer, dataset):
    submit_answer(dataset)
    other = make_cards(workspace=dataset.workspace)
    submit_answer(other)
    submit_answer(other)

    page = reviewer.get(at("start"))

    assert [(each.dataset, each.number) for each in page.context["waiting"]] == [
        (dataset, 1),
        (other, 2),
    ]
    assert "3 answers to review in 2 datasets" in page.text


def test_what_is_ones_own_is_left_to_somebody_else(reviewer, member, dataset):
    submit_answer(dataset, author=member.user)

    page = reviewer.get(at("start"))

    assert "Nothing left for you to review" in page.text
    assert next_answer(member, dataset) is None


def test_a_dataset_may_let_people_judge_themselves(member):
    dataset = make_cards(workspace=member.workspace, self_review_allowed=True)
    own = submit_answer(dataset, author=member.user)

    assert next_answer(member, dataset) == own


def test_a_second_reviewer_gets_another_answer(reviewer, colleague, dataset):
    first, second = submit_answer(dataset), submit_answer(dataset)

    mine = reviewer.post(at("queue", dataset))
    theirs = colleague.post(at("queue", dataset))

    assert (mine.url, theirs.url) == (at("sample", first), at("sample", second))


def test_looking_holds_nothing(reviewer, dataset):
    answer = submit_answer(dataset)

    reviewer.get(at("start"), follow=True)

    answer.sample.refresh_from_db()
    assert answer.sample.lease_holder is None


def test_a_skipped_answer_comes_back_after_the_others(reviewer, member, dataset):
    first, second = submit_answer(dataset), submit_answer(dataset)

    assert reviewer.post(at("skip", first)).url == at("sample", second)
    assert reviewer.post(at("skip", second)).url == at("sample", first)
    first.sample.refresh_from_db()
    assert first.sample.lease_holder == member.user


def test_the_answer_at_hand_comes_next_unless_it_is_held(reviewer, colleague, dataset):
    first, second, third = submit_answer(dataset), submit_answer(dataset), submit_answer(dataset)

    chosen = reviewer.post(at("skip", first), {"ahead": third.pk})
    colleague.post(at("hold", second))
    other = reviewer.post(at("skip", third), {"ahead": second.pk})

    assert chosen.url == at("sample", third)
    assert other.url == at("sample", first)


def test_the_part_loaded_ahead_is_the_answer_after_this_one_leased(reviewer, member, dataset):
    first, second = submit_answer(dataset), submit_answer(dataset)

    part = reviewer.post(at("ahead", first))

    assert f'data-sample="{second.pk}"' in part.text
    assert "<html" not in part.text
    second.sample.refresh_from_db()
    assert second.sample.lease_holder == member.user
    assert reviewer.post(at("ahead", second)).status_code == 200
    reviewer.post(at("approve", second), seen(second))
    assert reviewer.post(at("ahead", first)).status_code == 204


def test_colleagues_have_different_answers_at_hand_and_release_them(reviewer, colleague, dataset):
    answers = [submit_answer(dataset) for _ in range(4)]
    for person, held in ((reviewer, answers[0]), (colleague, answers[1])):
        person.post(at("hold", held))

    mine = reviewer.post(at("ahead", answers[0]))
    theirs = colleague.post(at("ahead", answers[1]))
    until = re.search(r'data-held="(\d+)"', mine.text)[1]
    reviewer.post(at("release", dataset), {"ahead": [str(answers[2].pk)], "until": until})

    assert f'data-sample="{answers[2].pk}"' in mine.text
    assert f'data-sample="{answers[3].pk}"' in theirs.text
    for answer in answers:
        answer.sample.refresh_from_db()
    assert [answer.sample.lease_holder is None for answer in answers] == [False, False, True, False]


def test_a_page_left_open_is_free_for_others_when_its_lease_has_run_out(
    reviewer, colleague, dataset
):
    answer = submit_answer(dataset)
    reviewer.post(at("queue", dataset))
    Sample.objects.update(leased_until=timezone.now())

    assert colleague.post(at("queue", dataset)).url == at("sample", answer)


def return_it(answer, member):
    answer = Answer.objects.select_related("sample__dataset").get(pk=answer.pk)
    return_answer(answer, by=member.user, seen_rev=answer.rev, reason="Look again.")


def test_a_page_that_renews_its_lease_during_its_return_does_not_hold_the_sample_again(
    reviewer, member, answer, monkeypatch
):
    def return_after_reading(request, answer_id):
        read = answer_or_404(request, answer_id)
        return_it(answer, member)
        return read

    monkeypatch.setattr("annotator.review.views.pages.answer_or_404", return_after_reading)
    reviewer.post(at("hold", answer))

    sample = Sample.objects.get()
    assert (sample.state, sample.lease_holder) == (Sample.State.RETURNED, None)


def test_a_page_does_not_renew_the_lease_of_a_sample_at_hand_that_another_page_has_returned(
    reviewer, member, dataset
):
    shown, at_hand = submit_answer(dataset), submit_answer(dataset)
    return_it(at_hand, member)

    reviewer.post(at("hold", shown), {"ahead": str(at_hand.pk)})

    holders = dict(Sample.objects.values_list("pk", "lease_holder"))
    assert holders == {shown.sample_id: member.user.pk, at_hand.sample_id: None}


def test_who_holds_an_answer_is_said_and_can_be_asked_for_it(reviewer, colleague, answer):
    reviewer.post(at("hold", answer))

    told = colleague.post(at("hold", answer)).json()
    asked = colleague.post(at("hold", answer), {"take_over": "1"}).json()
    reviewer.post(reverse("annotation:hand_over", args=[answer.sample_id]), {"answer": "yes"})
    taken = colleague.post(at("hold", answer)).json()

    assert (told["held"], asked["asked"], taken["held"]) == (False, True, True)
    assert told["by"]


def test_more_answers_cost_no_more_queries_to_choose_from(reviewer, dataset):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(at("start"), {"list": "1"})
            reviewer.get(at("queue", dataset))
        return len(queries)

    submit_answer(dataset)
    before = cost()
    for _ in range(5):
        submit_answer(dataset)

    assert cost() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_reviewers_who_ask_at_once_never_get_the_same(dataset):
    for _ in range(4):
        submit_answer(dataset)
    people = [make_member(Role.REVIEWER, workspace=dataset.workspace) for _ in range(4)]
    barrier, given = threading.Barrier(4), []

    def ask(member):
        try:
            barrier.wait()
            given.append(next_answer(member, dataset).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(member,)) for member in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(given) == set(Answer.objects.values_list("pk", flat=True))
