"""Several people answer one sample: who is asked, what the others see, and what becomes of the answers."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import (
    ask_one_more,
    compare_complete,
    next_sample,
    open_answer,
    save_value,
    skip,
    submit,
    undo_submit,
)
from annotator.annotation.models import Answer
from annotator.annotation.queries import figures, progress
from annotator.datasets.models import Sample, VariableValue
from annotator.errors import WrongState
from annotator.review.queries import awaiting, left_by_dataset
from tests.annotation.several import give, make_shared, people, states
from tests.factories import make_sample, make_variable

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def shared():
    return make_shared()


def test_a_second_person_is_asked_and_the_first_is_not_asked_again(shared):
    dataset, _ = shared
    first, second = people(dataset, 2)
    sample = make_sample(dataset=dataset)

    give(sample, first, 7)

    assert states(sample) == ["unlabeled", "collected"]
    assert next_sample(first, dataset) is None
    assert next_sample(second, dataset) == sample
    assert (progress(first, dataset).done, progress(first, dataset).left) == (1, 0)
    assert (progress(second, dataset).done, progress(second, dataset).left) == (0, 1)


def test_with_the_last_answer_one_of_them_awaits_the_review_for_all(shared):
    dataset, _ = shared
    first, second, third = people(dataset, 3)
    sample = make_sample(dataset=dataset)

    give(sample, first, 7)
    give(sample, second, 9)

    assert states(sample) == ["submitted", "submitted", "collected"]
    assert next_sample(third, dataset) is None
    [reviewer] = people(dataset, 1, Role.REVIEWER)
    assert awaiting(reviewer).get().author == first.user
    assert left_by_dataset(reviewer, figures(reviewer)) == {dataset.pk: 1}


def test_who_answered_does_not_review_the_others(shared):
    dataset, _ = shared
    first, second = people(dataset, 2, Role.REVIEWER)
    sample = make_sample(dataset=dataset)
    give(sample, first, 7)
    give(sample, second, 9)

    for member in (first, second):
        assert not awaiting(member).exists()
        assert left_by_dataset(member, figures(member)) == {}


def test_a_share_is_the_same_each_time_and_the_rest_is_asked_once(shared):
    dataset, _ = shared
    dataset.overlap_percent = 10
    samples = [Sample(dataset=dataset) for _ in range(2000)]

    several = [sample for sample in samples if sample.asks_several]

    assert 120 < len(several) < 280
    assert [each for each in samples if each.asks_several] == several
    assert all(each.needs_review for each in several)


@pytest.mark.parametrize(("grades", "state"), [((7, 7), "approved"), ((7, 9), "submitted")])
def test_what_all_agree_in_is_accepted_where_the_dataset_says_so(grades, state):
    dataset, _ = make_shared(agreed_are_accepted=True, review_percent=0)
    sample = make_sample(dataset=dataset)

    for member, grade in zip(people(dataset, 2), grades, strict=True):
        give(sample, member, grade)

    assert states(sample)[0] == state
    assert VariableValue.objects.filter(is_set=True).count() == (state == "approved")


def test_numbers_within_the_tolerance_agree_and_the_first_counts():
    dataset, grade = make_shared(agreed_are_accepted=True)
    grade.tolerance = 0.5
    grade.save()
    sample = make_sample(dataset=dataset)

    for member, value in zip(people(dataset, 2), (8, 8.5), strict=True):
        give(sample, member, value)

    assert states(sample) == ["approved", "approved", "collected"]
    assert VariableValue.objects.get().value == 8


def test_where_they_differ_one_more_is_asked_up_to_the_maximum():
    dataset, _ = make_shared(maximum_answers=3)
    sample = make_sample(dataset=dataset)
    members = people(dataset, 4)

    give(sample, members[0], 7)
    give(sample, members[1], 9)
    assert states(sample) == ["unlabeled", "collected", "collected"]
    give(sample, members[2], 9)

    assert states(sample) == ["submitted", "collected", "submitted", "collected"]
    assert next_sample(members[3], dataset) is None


def test_a_reviewer_has_one_more_person_asked(shared):
    dataset, _ = shared
    first, second, third = people(dataset, 3)
    sample = make_sample(dataset=dataset)
    give(sample, first, 7)
    give(sample, second, 9)

    ask_one_more(Answer.objects.select_related("sample__dataset").get(state="submitted"))

    assert states(sample) == ["unlabeled", "collected", "collected"]
    assert next_sample(third, dataset) == sample
    give(sample, third, 9)
    with pytest.raises(WrongState, match="Everybody"):
        ask_one_more(Answer.objects.select_related("sample__dataset").get(state="submitted"))


def test_with_nobody_left_to_ask_the_review_begins_with_what_there_is():
    dataset, _ = make_shared(answers_per_sample=3)
    sample = make_sample(dataset=dataset)

    for member in people(dataset, 2):
        give(sample, member, 7)

    assert states(sample) == ["submitted", "submitted", "collected"]


def test_a_skip_leaves_the_sample_to_others_until_as_many_skipped_as_are_asked(shared):
    dataset, _ = shared
    members = people(dataset, 4)
    sample = make_sample(dataset=dataset)

    skip(open_answer(sample, by=members[0].user), reason="Blurred", by=members[0].user)
    assert states(sample) == ["unlabeled", "skipped"]
    assert next_sample(members[0], dataset) is None
    skip(open_answer(sample, by=members[1].user), reason="Dark", by=members[1].user)

    assert states(sample) == ["skipped", "skipped", "skipped"]
    assert sample.skip_reason == "Dark"


def test_a_submit_is_undone_before_and_after_the_last_answer(shared):
    dataset, _ = shared
    first, second = people(dataset, 2)
    sample = make_sample(dataset=dataset)

    answer = give(sample, first, 7)
    undo_submit(answer, by=first.user)
    assert states(sample) == ["unlabeled", "draft"]

    give(sample, first, 7)
    give(sample, second, 9)
    undo_submit(Answer.objects.select_related("sample").get(state="collected"), by=second.user)
    assert sorted(states(sample)[1:]) == ["collected", "draft"]
    assert sample.state == "unlabeled"
    give(sample, second, 7)
    assert states(sample)[0] == "submitted"


def test_fewer_people_asked_bring_what_is_there_to_review(shared):
    dataset, _ = shared
    samples = [make_sample(dataset=dataset) for _ in range(3)]
    give(samples[0], people(dataset, 1)[0], 7)
    people(dataset, 3)
    dataset.answers_per_sample = 1
    dataset.save()

    compare_complete(dataset)

    assert [states(sample)[0] for sample in samples] == ["submitted", "unlabeled", "unlabeled"]


def test_who_comes_too_late_is_refused_and_keeps_the_draft(shared):
    dataset, grade = shared
    first, second, third = people(dataset, 3)
    sample = make_sample(dataset=dataset)
    late = open_answer(Sample.objects.get(), by=third.user)
    save_value(late, grade, 5, expected_rev=0, by=third.user)
    give(sample, first, 7)
    give(sample, second, 7)

    with pytest.raises(WrongState):
        submit(late, {grade: 5}, by=third.user)

    late.refresh_from_db()
    assert late.state == Answer.State.DRAFT
    assert late.values.get().value == 5


def test_nobody_sees_anothers_answer_before_or_after_giving_their_own(client, shared):
    dataset, _ = shared
    note = make_variable(dataset=dataset, name="note", type="string")
    first, second = people(dataset, 2)
    sample = make_sample(dataset=dataset)
    answer = open_answer(sample, by=first.user)
    grade = dataset.variables.get(name="grade")
    submit(answer, {grade: 7, note: "SECRET-WORDS"}, by=first.user)
    client.force_login(second.user)
    pages = [
        reverse("annotation:sample", args=[sample.pk]),
        reverse("annotation:start") + "?list=1",
        reverse("datasets:sample", args=[sample.pk]),
        reverse("datasets:gallery", args=[dataset.pk]),
        reverse("home:home"),
        f"/vlm/v2/sample/{sample.pk}/",
        f"/vlm/v2/sample/?dataset={dataset.pk}",
    ]

    texts = {page: client.get(page, follow=True).content.decode() for page in pages}
    open_page = texts[pages[0]]
    give_second = open_answer(sample, by=second.user)
    submit(give_second, {grade: 9, note: "Mine"}, by=second.user)
    texts |= {f"{page} after": client.get(page, follow=True).content.decode() for page in pages}

    assert '<fieldset class="bare" disabled>' not in open_page
    assert [page for page, text in texts.items() if "SECRET-WORDS" in text] == []
    assert not Answer.objects.visible_to(second).exclude(author=second.user).exists()
