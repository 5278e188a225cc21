"""Riskiest first: why an answer is risky, the order of the queue, and what the model would have said."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation import risk
from annotator.annotation.actions import open_answer, submit, submit_many_script_values, undo_submit
from annotator.annotation.models import Answer
from annotator.annotation.risk import Risk
from annotator.datasets.actions import add_images, set_value
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.review.actions import approve, next_answer, return_answer
from tests.axe import violations
from tests.factories import make_image, make_member, make_sample, make_user
from tests.review.rows import at, make_cards, seen
from tests.review.test_in_browser import shows, sign_in
from tests.suggestions.rows import make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def experienced(monkeypatch):
    """Nobody is new, so that the other reasons stand alone."""
    monkeypatch.setattr(risk, "NEW_BELOW", 0)
    risk.risk_now.cache_clear()
    yield
    risk.risk_now.cache_clear()


@pytest.fixture
def author(dataset):
    return make_member(Role.ANNOTATOR, workspace=dataset.workspace).user


def answer_to(dataset, author, grade, *, sample=None, unsure=(), shown=None):
    answer = open_answer(sample or make_sample(dataset=dataset), by=author)
    values = {"grade": float(grade), "note": "Fine."}
    typed = {v: values[v.name] for v in dataset.variables.live()}
    marked = {v for v in typed if v.name in unsure}
    return submit(answer, typed, by=author, unsure=marked, shown=shown)


def grade_of(dataset):
    return dataset.variables.get(name="grade")


@pytest.mark.parametrize(
    ("proposed", "confidence", "risks"),
    [
        (5, 0.9, [Risk.MODEL_DISAGREES]),
        (5, 0.5, []),
        (5, None, []),
        (7, 0.9, []),
    ],
)
def test_a_sure_suggestion_that_differs_is_a_risk(
    experienced, dataset, author, proposed, confidence, risks
):
    sample = make_sample(dataset=dataset)
    suggest(sample, grade_of(dataset), proposed, confidence=confidence)

    answer = answer_to(dataset, author, 7, sample=sample, shown=[])

    assert answer.risks == risks


def test_so_is_what_the_author_is_not_sure_of(experienced, dataset, author):
    assert answer_to(dataset, author, 7, unsure={"note"}).risks == [Risk.UNSURE]


def test_so_is_what_was_returned_and_what_was_once_not_allowed(
    experienced, dataset, author, member
):
    answer = answer_to(dataset, author, 7)
    return_answer(answer, by=member.user, seen_rev=answer.rev, reason="Wrong value.")
    answer.refresh_from_db()
    again = answer_to(dataset, author, 8, sample=answer.sample)
    illegal = make_sample(dataset=dataset)
    set_value(illegal, grade_of(dataset), 9, origin=Origin.IMPORTED, by=None)
    VariableValue.objects.update(invalid_since=timezone.now())
    Sample.objects.filter(pk=illegal.pk).update(state=Sample.State.UNLABELED)
    illegal.refresh_from_db()

    assert again.risks == [Risk.ONCE_REFUSED]
    assert answer_to(dataset, author, 8, sample=illegal).risks == [Risk.ONCE_REFUSED]


def test_an_author_is_new_until_enough_answers_are_approved(monkeypatch, dataset, author, member):
    monkeypatch.setattr(risk, "NEW_BELOW", 2)
    for _ in range(2):
        answer = answer_to(dataset, author, 7)
        assert answer.risks == [Risk.NEW_AUTHOR]
        approve(answer, by=member.user, seen_rev=answer.rev)

    assert answer_to(dataset, author, 7).risks == []


def test_what_scripts_submit_has_its_risk_too(dataset, author):
    sample = make_sample(dataset=dataset)

    submit_many_script_values({sample: {grade_of(dataset): 7}}, by=author)

    assert Answer.objects.get().risks == [Risk.NEW_AUTHOR]


def test_a_submit_after_an_undo_is_judged_anew(experienced, dataset, author):
    answer = answer_to(dataset, author, 7, unsure={"note"})
    undo_submit(answer, by=author)

    assert answer_to(dataset, author, 7, sample=answer.sample).risks == []


def test_the_riskiest_come_first_among_equals_the_longest_waiting_and_skipped_ones_last(
    experienced, dataset, author, member
):
    clean, later = (answer_to(dataset, author, 7) for _ in range(2))
    unsure = answer_to(dataset, author, 7, unsure={"grade"})
    order = {"is_riskiest_first": True}

    assert next_answer(member, dataset, **order) == unsure
    assert next_answer(member, dataset, after=unsure, **order) == clean
    assert next_answer(member, dataset, after=clean, **order) == later
    assert next_answer(member, dataset, after=later, **order) == unsure
    assert next_answer(member, dataset) == clean


def test_the_order_is_chosen_once_and_kept(experienced, reviewer, dataset, author):
    clean, other = (answer_to(dataset, author, 7) for _ in range(2))
    unsure = answer_to(dataset, author, 7, unsure={"grade"})

    first = reviewer.post(at("queue", dataset), {"order": "riskiest"})
    second = reviewer.post(at("approve", unsure), seen(unsure))
    third = reviewer.post(at("queue", dataset), {"order": "nonsense"})
    Answer.objects.filter(pk=other.pk).update(risk=Risk.UNSURE)
    fourth = reviewer.post(at("queue", dataset), {"order": "oldest"})

    assert first.url == at("sample", unsure)
    assert second.url.startswith(at("sample", clean))
    assert third.url == at("sample", clean)
    assert fourth.url == at("sample", clean)


def test_the_page_shows_what_the_model_would_say_and_where_it_differs(reviewer, dataset, author):
    sample = make_sample(dataset=dataset)
    suggest(sample, grade_of(dataset), 5, confidence=0.93)
    answer = answer_to(dataset, author, 7, sample=sample, unsure={"note"}, shown=[])

    page = reviewer.get(at("sample", answer))

    row = page.context["rows"][0]
    assert (row.shown_suggested, bool(row.suggested_differs)) == ("5", True)
    for text in (
        "Suggested</th>",
        "93",
        "grader 1",
        "A sure suggestion differs",
        "Author not sure",
    ):
        assert text in page.text


@pytest.mark.parametrize("allowed", [False, True])
def test_of_a_test_sample_only_where_the_dataset_says_so(reviewer, dataset, author, allowed):
    dataset.suggests_test_samples = allowed
    dataset.save()
    sample = make_sample(dataset=dataset, test=True)
    suggest(sample, grade_of(dataset), 5, confidence=0.93)

    page = reviewer.get(at("sample", answer_to(dataset, author, 7, sample=sample)))

    assert page.context["has_suggested"] is allowed


def test_more_suggestions_cost_no_more_queries(reviewer, dataset, author):
    def cost(sources):
        sample = make_sample(dataset=dataset)
        for name in sources:
            for variable, value in zip(dataset.variables.live(), (5, "Bent."), strict=True):
                source = make_source(dataset.workspace, name=name)
                suggest(sample, variable, value, confidence=0.9, source=source)
        answer = answer_to(dataset, author, 7, sample=sample, shown=[])
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(at("sample", answer))
        return len(queries)

    assert cost(["a", "b", "c"]) == cost(["a"]) == cost([])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_run_of_clean_answers_takes_one_key_each_after_the_risky_one(
    experienced, live_server, page
):
    dataset = make_cards()
    make_member(Role.REVIEWER, workspace=dataset.workspace, user=make_user(username="grace"))
    author = make_member(Role.ANNOTATOR, workspace=dataset.workspace).user
    for number in range(1, 6):
        sample = make_sample(dataset=dataset, name=f"card-{number}")
        add_images(sample, [make_image(dataset.workspace, seed=number)], by=None)
        suggest(sample, grade_of(dataset), 5 if number == 4 else 7, confidence=0.95)
        answer_to(dataset, author, 7, sample=sample, shown=[])
    sign_in(page, live_server.url, at("list", dataset))
    page.get_by_role("button", name="Riskiest first").click()

    shows(page, "card-4")
    expect(page.get_by_text("A sure suggestion differs")).to_be_visible()
    expect(page.locator("tr[data-differs]")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("Enter")
    for number in (1, 2, 3, 5):
        shows(page, f"card-{number}")
        expect(page.locator(".risks")).to_have_count(0)
        page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()

    assert Answer.objects.filter(state="approved").count() == 5
