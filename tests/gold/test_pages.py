"""The page of gold samples, its settings, and marking from the gallery."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Role
from annotator.annotation.models import GoldResult
from annotator.datasets.actions import set_values
from annotator.datasets.models import GoldAnswer, Origin, Sample
from tests.factories import make_member, make_sample
from tests.gold.conftest import RIGHT, browser_of, fill

pytestmark = pytest.mark.django_db


def at(name, dataset):
    return reverse(f"gold:{name}", args=[dataset.pk])


def test_admins_mark_approved_samples_whose_values_are_frozen(dataset, admin, reviewer, anna):
    _, others = fill(dataset, admin, gold=0, others=2)
    [variable] = dataset.variables.all()
    set_values(others[0], {variable: RIGHT}, origin=Origin.TYPED, by=admin.user)
    picked = {"picked": "gold", "sample": [str(each.pk) for each in others]}
    outsider = make_member(Role.ADMIN)

    refused = [browser_of(each).post(at("mark", dataset), picked) for each in (reviewer, anna)]
    lost = browser_of(outsider).post(at("mark", dataset), picked)
    browser_of(admin).post(at("mark", dataset), picked)
    set_values(others[0], {variable: 1}, origin=Origin.TYPED, by=admin.user)
    again = browser_of(admin).post(at("mark", dataset), {"all": "gold", "filter": ""}, follow=True)

    assert [each.status_code for each in refused] == [403, 403]
    assert lost.status_code == 404
    assert GoldAnswer.objects.get().values == {str(variable.pk): RIGHT}
    assert "None was marked" in again.text
    assert Sample.objects.get(is_gold=True) == others[0]
    browser_of(admin).post(at("mark", dataset), {"all": "unmark", "filter": ""})
    assert not Sample.objects.filter(is_gold=True).exists()
    assert AuditEvent.objects.filter(action__startswith="gold.").count() == 4


def test_the_page_shows_scores_and_known_values_and_costs_no_more_for_more(
    dataset, admin, reviewer
):
    gold, _ = fill(dataset, admin, gold=3, others=0)
    [variable] = dataset.variables.all()
    client = browser_of(reviewer)

    def answered_by_one_more():
        user = make_member(workspace=dataset.workspace).user
        for sample in gold[: GoldResult.objects.count() + 1]:
            GoldResult.objects.create(
                dataset=dataset, sample=sample, user=user, variable=variable, is_right=False
            )
        with CaptureQueriesContext(connection) as captured:
            page = client.get(at("gold", dataset))
        return page, len(captured)

    client.get(at("gold", dataset))
    page, before = answered_by_one_more()
    after_page, after = answered_by_one_more()

    assert "grade: 7" in page.text
    assert "0 of 1" in page.text
    assert [len(each.context["scores"]) for each in (page, after_page)] == [1, 2]
    assert after == before


def test_the_settings_are_saved_and_refuse_what_makes_no_sense(dataset, admin, reviewer):
    fill(dataset, admin, gold=1, others=0)
    sent = {
        "gold_every": 10,
        "gold_least_percent": 60,
        "gold_least_answers": 3,
        "qualification_samples": 1,
        "qualification_percent": 90,
    }
    client = browser_of(admin)

    assert browser_of(reviewer).post(at("settings", dataset), sent).status_code == 403
    wrong = client.post(
        at("settings", dataset), sent | {"gold_every": 1, "qualification_samples": 5}
    )
    assert client.post(at("settings", dataset), sent).status_code == 302

    assert wrong.status_code == 422
    assert "Choose 2 or more" in wrong.text
    assert "choose at most 1" in wrong.text
    dataset.refresh_from_db()
    assert (dataset.gold_every, dataset.qualification_samples) == (10, 1)
    assert dataset.qualification_retries is False


def test_a_claim_costs_no_more_queries_for_more_gold_samples_and_none_where_nobody_is_tested(
    dataset, admin, anna
):
    from annotator.annotation.actions import claim_next

    def cost():
        with CaptureQueriesContext(connection) as captured:
            claim_next(anna, dataset)
        return len(captured)

    fill(dataset, admin, gold=1)
    cost()
    few = cost()
    fill(dataset, admin, gold=4)
    cost()
    many = cost()
    dataset.gold_every = 0
    for _ in range(3):
        make_sample(dataset=dataset)

    assert many == few
    assert cost() == 1


def test_the_gallery_shows_gold_samples_alone_and_bulk_actions_mean_them(dataset, admin, reviewer):
    gold, _ = fill(dataset, admin, gold=2, others=2)
    gallery = reverse("datasets:gallery", args=[dataset.pk])

    page = browser_of(reviewer).get(f"{gallery}?gold=yes")
    wrong = browser_of(reviewer).get(f"{gallery}?gold=no")
    browser_of(admin).post(at("mark", dataset), {"all": "unmark", "filter": "gold=yes&q=card-0"})

    assert {card.sample.pk for card in page.context["cards"]} == {each.pk for each in gold}
    assert ("Gold samples", "?") in page.context["chips"]
    assert f"{gallery}?gold=yes" in browser_of(reviewer).get(at("gold", dataset)).text
    assert "gold=yes" in wrong.context["filter"].problems[0]
    assert Sample.objects.get(is_gold=True) == gold[1]
