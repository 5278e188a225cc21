"""Answers of several people to one sample: side by side, one value of each taken, one more person asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Origin, Sample, VariableValue
from tests.factories import make_member, make_sample
from tests.review.rows import at, make_cards, seen, submit_answer

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def dataset():
    return make_cards(answers_per_sample=2)


def answered(dataset, *grades, note="Fine."):
    """The answers of as many new people to one new sample, as submitted; the first stands for all."""
    sample = make_sample(dataset=dataset)
    return [submit_answer(dataset, sample=again(sample), grade=each, note=note) for each in grades]


def again(sample):
    return Sample.objects.select_related("dataset").get(pk=sample.pk)


def for_all(answers):
    return Answer.objects.select_related("sample__dataset").get(
        sample=answers[0].sample_id, state=Answer.State.SUBMITTED
    )


def test_the_page_shows_everybodys_values_and_where_they_differ(reviewer, dataset):
    first, second = answered(dataset, 7, 9)

    page = reviewer.get(at("sample", for_all([first])))

    assert "2 people answered" in page.text
    assert "They differ in 1 of 2 variables" in page.text
    grade, note = page.context["rows"]
    assert [(each.who, each.value) for each in grade.choices] == [
        (first.author.display_name, 7),
        (second.author.display_name, 9),
    ]
    assert (grade.is_agreed, note.is_agreed) == (False, True)
    assert f'value="{second.pk}"' in page.text


def test_two_that_each_agree_with_a_third_within_the_tolerance_differ(reviewer, dataset):
    Dataset.objects.update(answers_per_sample=3)
    dataset.variables.filter(name="grade").update(tolerance=1)
    dataset.refresh_from_db()

    answer = for_all(answered(dataset, 7, 6, 8))
    page = reviewer.get(at("sample", answer))
    samples = reviewer.get(
        reverse(
            "figures:agreement_samples", args=[dataset.pk, dataset.variables.get(name="grade").pk]
        )
    )

    assert "They differ in 1 of 2 variables" in page.text
    assert [row.sample for row in samples.context["rows"]] == [answer.sample]


def test_the_second_persons_value_is_taken_and_every_answer_stays(reviewer, dataset):
    answers = answered(dataset, 7, 9)
    answer, grade = for_all(answers), dataset.variables.get(name="grade")

    reviewer.post(at("approve", answer), {**seen(answer), f"take-{grade.pk}": answers[1].pk})

    value = VariableValue.objects.get(variable=grade)
    assert (value.value, value.origin) == (9, Origin.REVIEWED)
    assert again(answer.sample).state == Sample.State.APPROVED
    answers[1].refresh_from_db()
    assert answers[1].state == Answer.State.COLLECTED
    assert answers[1].values.get(variable=grade).value == 9
    history = answer.values.get(variable=grade).history.order_by("rev")
    assert list(history.values_list("value", flat=True)) == [7, 9]


def test_what_is_typed_goes_before_what_is_taken(reviewer, dataset):
    answers = answered(dataset, 7, 9)
    answer, grade = for_all(answers), dataset.variables.get(name="grade")
    sent = {**seen(answer, grade="8"), f"take-{grade.pk}": answers[1].pk}

    preview = reviewer.post(at("preview", answer), sent)
    reviewer.post(at("approve", answer), sent)

    assert "8" in preview.text
    assert VariableValue.objects.get(variable=grade).value == 8


def test_the_preview_shows_what_is_taken(reviewer, dataset):
    answers = answered(dataset, 7, 9)
    answer, grade = for_all(answers), dataset.variables.get(name="grade")

    preview = reviewer.post(
        at("preview", answer), {**seen(answer), f"take-{grade.pk}": answers[1].pk}
    )

    assert "9" in preview.text


def test_one_more_person_is_asked_and_the_queue_goes_on(reviewer, dataset):
    answers, others = answered(dataset, 7, 9), answered(dataset, 5, 5)
    make_member(workspace=dataset.workspace)
    answer = for_all(answers)

    response = reviewer.post(at("ask_one_more", answer), {"rev": answer.rev})

    assert response.url == at("sample", for_all(others))
    assert again(answer.sample).state == Sample.State.UNLABELED
    third = submit_answer(dataset, sample=again(answer.sample), grade=9)
    assert for_all(answers).author == answers[1].author, "who agrees with most stands for all"
    page = reviewer.get(at("sample", for_all(answers)))
    assert "3 people answered" in page.text
    assert third.author.display_name in page.text


def test_asking_needs_somebody_left_and_the_answer_that_was_seen(reviewer, dataset):
    answers = answered(dataset, 7, 9)
    answer = for_all(answers)
    for member in dataset.workspace.memberships.filter(role=Role.REVIEWER):
        submit_person = member.user
        Answer.objects.create(sample=answer.sample, author=submit_person, state="skipped")

    alone = reviewer.post(at("ask_one_more", answer), {"rev": answer.rev})
    late = reviewer.post(at("ask_one_more", answer), {"rev": answer.rev - 1})

    assert alone.status_code == late.status_code == 409
    assert "Everybody in the workspace" in alone.text


def test_the_page_of_another_answer_leads_to_the_one_that_stands_for_all(reviewer, dataset):
    answers = answered(dataset, 7, 9)

    response = reviewer.get(at("sample", answers[1]), follow=True)

    assert response.redirect_chain[-1][0] == at("sample", for_all(answers))


def test_who_answered_can_not_accept_for_the_others(client, dataset):
    member = make_member(Role.REVIEWER, workspace=dataset.workspace)
    sample = make_sample(dataset=dataset)
    submit_answer(dataset, sample=again(sample), grade=7)
    submit_answer(dataset, sample=again(sample), grade=9, author=member.user)
    answer = Answer.objects.get(state=Answer.State.SUBMITTED)
    client.force_login(member.user)

    page = client.get(at("sample", answer))
    listed = client.get(at("list", dataset))
    response = client.post(at("approve", answer), seen(answer))

    assert "This is your own answer" in page.text
    assert "Your own answer: somebody else must review it" in listed.text
    assert response.status_code == 403
    assert again(sample).state == Sample.State.SUBMITTED


def test_a_verdict_on_several_is_undone(reviewer, dataset):
    answers = answered(dataset, 7, 9)
    answer, grade = for_all(answers), dataset.variables.get(name="grade")
    reviewer.post(at("approve", answer), {**seen(answer), f"take-{grade.pk}": answers[1].pk})

    reviewer.post(at("undo", answer))

    assert again(answer.sample).state == Sample.State.SUBMITTED
    assert not VariableValue.objects.filter(is_set=True).exists()


def test_more_people_cost_the_page_no_more_queries(reviewer, dataset):
    dataset.answers_per_sample = 4
    dataset.save()
    make_member(workspace=dataset.workspace)
    many = for_all(answered(dataset, 7, 8, 9, 9))
    dataset.answers_per_sample = 2
    dataset.save()
    few = for_all(answered(dataset, 7, 9))

    def queries(answer):
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get(at("sample", answer)).status_code == 200
        return len(captured)

    queries(few)
    assert queries(many) == queries(few)


def test_the_list_says_where_several_answered_in_as_many_queries(reviewer, dataset):
    answered(dataset, 7, 9)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert "Several people answered" in reviewer.get(at("list", dataset)).text
        return len(captured)

    queries()
    one = queries()
    answered(dataset, 7, 9)
    answered(dataset, 7, 9)
    assert queries() == one


def test_many_at_once_are_accepted_only_where_all_agree(reviewer, dataset):
    agreed, differing = for_all(answered(dataset, 7, 7)), for_all(answered(dataset, 7, 9))
    ticked = [f"{each.pk}:{each.rev}" for each in (agreed, differing)]

    page = reviewer.post(at("approve_many", dataset), {"answer": ticked}, follow=True)

    assert "The people who answered differ in grade: open it and choose." in page.text
    assert again(agreed.sample).state == Sample.State.APPROVED
    assert again(differing.sample).state == Sample.State.SUBMITTED


def test_one_of_several_is_returned_to_its_author_and_comes_back(reviewer, dataset):
    first, second = answered(dataset, 7, 9)
    answer = for_all([first])
    sent = {"rev": answer.rev, "reason": "Wrong value", "to": second.pk}

    page = reviewer.get(at("sample", answer))
    reviewer.post(at("return_answer", answer), sent)

    assert f'name="to" value="{second.pk}"' in page.text
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Answer.State.COLLECTED, Answer.State.RETURNED)
    assert again(first.sample).state == Sample.State.RETURNED
    submit_answer(dataset, sample=again(first.sample), author=second.author, grade=7)
    page = reviewer.get(at("sample", for_all([first])))
    assert "They agree in all" in page.text


def test_only_a_collected_answer_of_the_same_sample_is_returned_in_its_place(reviewer, dataset):
    answers, others = answered(dataset, 7, 9), answered(dataset, 5, 6)
    answer = for_all(answers)
    sent = {"rev": answer.rev, "reason": "Wrong value", "to": others[1].pk}

    response = reviewer.post(at("return_answer", answer), sent)

    assert response.status_code == 404
    assert again(answer.sample).state == Sample.State.SUBMITTED
