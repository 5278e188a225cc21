"""The gallery's pages and cards: what they show, and what they cost."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from annotator.datasets.models import Sample
from annotator.datasets.queries.sample_cards import SampleCard
from annotator.datasets.views.cards import card_html
from tests.datasets.galleries import address, give, named
from tests.factories import make_dataset, make_image, make_pending_image

pytestmark = pytest.mark.django_db

State = Sample.State


def test_the_newest_samples_come_first_and_the_oldest_on_demand(admin, dataset):
    named(dataset, "a", "b", "c")

    newest = admin.get(address(dataset)).context["cards"]
    oldest = admin.get(address(dataset, order="oldest")).context["cards"]

    assert [card.sample.name for card in newest] == ["c", "b", "a"]
    assert [card.sample.name for card in oldest] == ["a", "b", "c"]


def test_pages_lead_on_and_back_without_losing_the_filter(admin, dataset):
    named(dataset, *[f"s{n:03}" for n in range(130)], test=True)

    first = admin.get(address(dataset, split="test", order="oldest"))
    gallery = reverse("datasets:gallery", args=[dataset.pk])
    second = admin.get(gallery + first.context["pager"]["next_query"])
    third = admin.get(gallery + second.context["pager"]["next_query"])
    back = admin.get(gallery + third.context["pager"]["previous_query"])

    names = [
        [card.sample.name for card in page.context["cards"]] for page in (first, second, third)
    ]
    assert [len(page) for page in names] == [60, 60, 10]
    assert [name for page in names for name in page] == [f"s{n:03}" for n in range(130)]
    assert second.context["pager"]["shown"] == "61–120 of 130"
    assert [card.sample.name for card in back.context["cards"]] == names[1]


def test_a_card_tells_image_count_state_test_and_first_values(
    admin, dataset, workspace, condition, grade
):
    (sample,) = named(dataset, "fox", state=State.SUBMITTED, test=True)
    images = [make_image(workspace), make_image(workspace)]
    for order, image in enumerate(images):
        sample.sample_images.create(image=image, order=order)
    give(sample, condition, "Mint")
    give(sample, grade, 8)

    response = admin.get(address(dataset))
    (card,) = response.context["cards"]

    assert card.more == 1
    assert (card.image, card.image.created_at) == (images[0], images[0].created_at)
    assert card.values == ["Mint", "8.0"]
    page = response.content.decode()
    assert images[0].mini_url in page
    assert 'width="64" height="48"' in page
    assert "To review" in page
    assert ">Test</span>" in page


@pytest.mark.parametrize("can_move", [True, False])
def test_a_filled_card_is_what_its_template_gives(workspace, can_move):
    texts = {"width": "64", "height": "48"}
    for name, values, more, is_test in (
        ("<b>& 'fox'", ["a & b", "<i>"], 1234, True),
        ("plain", [], 0, False),
    ):
        sample = Sample(name=name, state=State.SUBMITTED, test=is_test)
        image = make_image(workspace, width=64, height=48)
        for shown in (None, image):
            card = SampleCard(sample, shown, more, values, is_invalid=is_test)
            expected = {
                **texts,
                "can_move": can_move,
                "pk": sample.pk,
                "name": name,
                "url": card.url,
                "is_test": is_test,
                "is_invalid": is_test,
                "more": str(more),
                "has_values": bool(values),
                "values": " · ".join(values),
                "has_image": shown is not None,
                "has_more": bool(more),
                "state": "submitted",
                "state_label": "To review",
                "is_assigned": False,
                "is_overdue": False,
                "assignees": "",
                "mini_url": image.mini_url,
                "thumb_url": image.thumb_url,
            }
            rendered = render_to_string("datasets/_sample_card.html", expected)
            kept = [card_html(card, can_move=can_move, people=[]) for _ in range(2)]
            assert kept == [rendered, rendered], "the first and the kept one"


def test_an_awaited_image_and_a_sample_without_one_have_a_placeholder(admin, dataset, workspace):
    awaited, _ = named(dataset, "a", "b")
    awaited.sample_images.create(image=make_pending_image(workspace))

    page = admin.get(address(dataset)).content.decode()

    assert "awaited.svg" in page
    assert 'aria-label="No image"' in page


def test_more_samples_cost_no_more_queries(
    admin, dataset, workspace, condition, note, django_assert_num_queries
):
    def fill(number):
        for sample in named(dataset, *[f"{number}-{n}" for n in range(number)]):
            sample.sample_images.create(image=make_image(workspace))
            give(sample, condition, "Mint")
            give(sample, note, "soft")

    fill(2)
    url = address(dataset, q="soft", **{"v.condition": "Mint"})
    with django_assert_num_queries(100, exact=False) as few:
        admin.get(url)
    fill(20)
    with django_assert_num_queries(len(few)):
        admin.get(url)


def test_htmx_gets_the_list_alone_and_the_back_button_the_page(admin, dataset):
    named(dataset, "a")
    asked = {"HX-Request": "true", "HX-Target": "gallery"}

    part = admin.get(address(dataset), headers=asked).content.decode()
    back = admin.get(
        address(dataset), headers={**asked, "HX-History-Restore-Request": "true"}
    ).content.decode()

    assert part.lstrip().startswith('<div class="with-facets" id="gallery"')
    assert "<html" in back


def test_removed_samples_and_those_of_others_stay_out(admin, dataset, workspace):
    named(dataset, "gone")[0].__class__.objects.update(removed_at="2026-01-01T00:00Z")
    named(make_dataset(workspace=workspace), "elsewhere")

    assert admin.get(address(dataset)).context["whole"] == 0
    assert admin.get(address(make_dataset())).status_code == 404
