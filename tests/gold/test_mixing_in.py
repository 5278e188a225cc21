"""Gold samples among the others: who gets which when, and that nobody can tell."""

import re

import pytest
from django.urls import reverse

from annotator.accounts.models import Membership, Role
from annotator.annotation.actions import claim_next
from annotator.annotation.gold import is_due, place_in_block, planned, seed_of
from annotator.annotation.models import Answer, GoldPause, GoldResult
from annotator.annotation.queries import progress
from annotator.datasets.actions import unmark_gold
from annotator.datasets.models import Sample, SampleCount, VariableValue
from annotator.datasets.queries.gold import shown_in
from annotator.datasets.queries.page import gallery_dataset
from annotator.notifications.models import Notification
from annotator.push.models import Delivery
from annotator.review.actions import approve, reopen
from tests.factories import make_member
from tests.gold.conftest import RIGHT, browser_of, fill

pytestmark = pytest.mark.django_db


def at(name, pk):
    return reverse(f"annotation:{name}", args=[pk])


def next_of(client, dataset):
    """The sample that the person gets next, or where they are sent instead."""
    response = client.post(at("next", dataset.pk))
    address = re.search(r"/sample/([^/]+)/", response["Location"])
    return Sample.objects.get(pk=address[1]) if address else response["Location"]


def submit(client, sample, value, *, rev=0, **headers):
    [variable] = sample.dataset.variables.all()
    form = {f"v-{variable.pk}": value, f"rev-{variable.pk}": rev}
    return client.post(at("submit", sample.pk), form, headers=headers)


def work(client, dataset, *, value, most=20):
    """Label all there is, gold samples with `value`; what each sample was, and where it ended."""
    kinds = []
    for _ in range(most):
        sample = next_of(client, dataset)
        if not isinstance(sample, Sample):
            return kinds, sample
        kinds.append("gold" if sample.only_for_id else "other")
        assert submit(client, sample, value if sample.only_for_id else 3).status_code == 302
    raise AssertionError("there is no end")


@pytest.mark.both_databases
def test_each_gets_every_gold_sample_once_at_the_rate_and_its_answer_is_only_scored(
    dataset, admin, anna
):
    gold, _ = fill(dataset, admin, gold=2, others=6)

    kinds, end = work(browser_of(anna), dataset, value=7.4)

    assert sorted(kinds) == ["gold"] * 2 + ["other"] * 6
    assert "gold" in kinds[:2]
    assert end.endswith("?list=1")
    assert set(GoldResult.objects.values_list("sample", "is_right")) == {
        (each.pk, True) for each in gold
    }
    values = VariableValue.objects.filter(sample__in=gold)
    assert {row.value for row in values} == {RIGHT}
    assert {each.state for each in Sample.objects.filter(pk__in=[g.pk for g in gold])} == {
        "approved"
    }


def test_a_link_makes_no_copies_and_leads_to_a_button_so_that_the_first_gold_sample_is_not_missed(
    dataset, admin
):
    fill(dataset, admin, gold=2, others=6)
    members = (make_member(workspace=dataset.workspace) for _ in range(60))
    first = next(each for each in members if is_due(seed_of(each.user_id, dataset.pk), 2, 0))
    client = browser_of(first)

    opened = client.get(at("next", dataset.pk))
    page = client.get(opened["Location"]).text

    assert opened["Location"] == at("standing", dataset.pk)
    assert f'method="post" action="{at("next", dataset.pk)}"' in page
    assert not Sample.objects.filter(only_for=first.user).exists()
    assert next_of(client, dataset).only_for == first.user
    assert "/sample/" in client.get(at("next", dataset.pk))["Location"], "there are copies now"
    assert "/sample/" in browser_of(admin).get(at("next", dataset.pk))["Location"]


def test_what_is_left_goes_down_by_one_with_each_answer_whichever_it_is_to(dataset, admin, anna):
    fill(dataset, admin, gold=3, others=4)
    client, seen = browser_of(anna), []

    while isinstance(sample := next_of(client, dataset), Sample):
        seen.append(progress(anna, dataset))
        submit(client, sample, RIGHT)

    left = [each.left for each in seen]
    assert left == list(range(left[0], 0, -1))
    assert [each.done for each in seen] == list(range(len(seen)))
    assert progress(anna, dataset).left == 0


def test_a_gold_sample_that_is_to_be_labelled_again_is_shown_beside_its_copy(dataset, admin, anna):
    gold, _ = fill(dataset, admin, gold=1, others=1)
    client = browser_of(anna)
    next_of(client, dataset)

    reopen(gold[0], by=admin.user, reason="The corner.")
    shown = gallery_dataset(anna, dataset.pk)
    kinds, end = work(client, dataset, value=RIGHT)

    assert (shown.whole.total(), shown_in(dataset, anna, shown.copies).count()) == (3, 3)
    assert sorted(kinds) == ["gold", "other", "other"]
    assert end.endswith("?list=1")


def test_what_is_planned_is_what_comes():
    def walked(seed, every, answered, left, available):
        gold = 0
        while left:
            block, place = divmod(answered, every)
            is_gold = place == place_in_block(seed, block, every) and gold < available
            gold, left, answered = gold + is_gold, left - (not is_gold), answered + 1
        return gold

    for every in (2, 3, 7):
        for answered in range(0, 15, 2):
            for left in (0, 1, 2, 5, 13, 40):
                for available in (0, 1, 3, 50):
                    got = planned("7:x", every, answered=answered, left=left, available=available)
                    assert got == walked("7:x", every, answered, left, available)


@pytest.mark.both_databases
def test_who_is_wrong_too_often_is_paused_kindly_until_an_admin_lets_them_go_on(
    dataset, admin, anna, reviewer
):
    fill(dataset, admin, gold=2, others=6)
    client = browser_of(anna)
    ada = make_member(Role.ADMIN, workspace=dataset.workspace)

    _, end = work(client, dataset, value=1)
    page = client.get(end)
    sample = Sample.objects.in_dataset(dataset).filter(state="unlabeled").first()
    closed = client.get(at("sample", sample.pk))
    late = submit(client, sample, 3)
    lift = reverse("gold:let_go_on", args=[dataset.pk, anna.user_id])
    refused = browser_of(reviewer).post(lift).status_code

    pause = GoldPause.objects.visible_to(admin).lasting().get()
    assert (pause.user, pause.right, pause.asked) == (anna.user, 0, 2)
    told = Notification.objects.get(recipient=admin.user)
    assert (told.kind, told.actor) == ("gold_paused", anna.user)
    assert "0 of 2 checked values" in told.text
    assert {each.recipient for each in Notification.objects.all()} == {admin.user, ada.user}
    assert not GoldPause.objects.visible_to(anna).exists()
    assert "0 of your 2 checked values" in page.text
    assert "checked values" in closed.context["closed"]
    assert late.status_code == 409
    assert refused == 403
    assert (
        anna.user.display_name
        in browser_of(admin).get(reverse("gold:gold", args=[dataset.pk])).text
    )
    Membership.objects.filter(pk=ada.pk).update(role=Role.REVIEWER)
    assert browser_of(admin).post(lift).status_code == 302
    assert browser_of(admin).post(lift).status_code == 409
    assert not Notification.objects.exists(), "there is nothing to do any more"
    assert isinstance(next_of(client, dataset), Sample)


def test_the_first_answer_counts_and_a_draft_or_a_skip_is_none(dataset, admin, anna):
    fill(dataset, admin, gold=1, others=2)
    client = browser_of(anna)
    claim_next(anna, dataset)
    copy = Sample.objects.get(only_for=anna.user)

    submit(client, copy, 1)
    client.post(at("undo", copy.pk))
    submit(client, copy, RIGHT, rev=1)

    assert GoldResult.objects.get().is_right is False
    assert Answer.objects.get(sample=copy).values.get().value == RIGHT


def test_feedback_comes_at_once_where_it_is_wanted_and_else_never(dataset, admin, anna):
    fill(dataset, admin, gold=2, others=4)
    client = browser_of(anna)
    claim_next(anna, dataset)
    first, second = Sample.objects.filter(only_for=anna.user)

    silent = submit(client, first, 1, **{"HX-Request": "true"}).json()
    dataset.gold_feedback = True
    dataset.gold_least_answers = 9
    dataset.save()
    told = submit(client, second, 1, **{"HX-Request": "true"}).json()

    assert "notice" not in silent
    assert told["notice"] == "That sample was a check. grade is 7."


def test_a_gold_sample_that_is_none_any_more_is_given_to_nobody(dataset, admin, anna):
    gold, _ = fill(dataset, admin, gold=2, others=1)
    claim_next(anna, dataset)

    unmark_gold(dataset, Sample.objects.filter(pk=gold[0].pk), by=admin.user)

    assert Sample.objects.visible_to(anna).filter(pk=gold[0].pk).exists()
    assert not Sample.objects.filter(gold_of=gold[0]).exists()
    kinds, _ = work(browser_of(anna), dataset, value=RIGHT)
    assert kinds.count("gold") <= 1


def test_nothing_but_the_one_person_ever_sees_a_copy(dataset, admin, anna, reviewer):
    gold, others = fill(dataset, admin, gold=2, others=2)
    client = browser_of(anna)
    claim_next(anna, dataset)
    copies = set(Sample.objects.filter(only_for=anna.user))
    for copy in copies:
        submit(client, copy, 1)

    for member in (admin, reviewer):
        assert not copies & set(Sample.objects.visible_to(member))
        assert not Answer.objects.visible_to(member).exists()
        assert copies & set(Sample.objects.visible_to(anna)) == copies
    assert not copies & set(Sample.objects.in_dataset(dataset))
    counted = SampleCount.objects.filter(dataset=dataset)
    assert sum(counted.values_list("number", flat=True)) == len(gold) + len(others)
    review = browser_of(reviewer).get(reverse("review:queue", args=[dataset.pk]))
    assert review["Location"].endswith("?list=1")


def test_an_answer_to_a_copy_is_approved_along_with_later_ones(dataset, admin, anna, reviewer):
    [known], others = fill(dataset, admin, gold=1, others=3)
    client = browser_of(anna)
    claim_next(anna, dataset)
    copy = Sample.objects.get(only_for=anna.user)
    submit(client, copy, 1)
    submit(client, others[0], 3)
    answer = Answer.objects.get(sample=others[0])
    approve(answer, by=reviewer.user, seen_rev=answer.rev)

    claim_next(anna, dataset)

    copy.refresh_from_db()
    assert copy.state == Sample.State.APPROVED
    assert copy.values.get().value == 1
    assert known.values.get().value == RIGHT
    assert not Delivery.objects.exists()
