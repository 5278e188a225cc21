"""The room in a real browser: filters that keep their address, a preview while one types, keys, axe."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.actions import set_value, update_dataset
from annotator.datasets.models import Sample, Variable
from tests.axe import of_pages
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_prompt,
    make_sample,
    make_user,
    make_variable,
    make_workspace,
)

expect.set_options(timeout=20_000)  # milliseconds; the machine may be busy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada():
    return make_member(
        Role.ADMIN, workspace=make_workspace(name="Studio"), user=make_user(first_name="Ada")
    )


@pytest.fixture
def cards(ada):
    """A dataset with two variables and three samples: two Mint, one Played."""
    dataset = make_dataset(workspace=ada.workspace, name="Cards")
    condition = make_variable(
        dataset=dataset, name="condition", type="string", choices=["Mint", "Played"]
    )
    make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, position=1)
    for name, word in (("fox", "Mint"), ("owl", "Mint"), ("toad", "Played")):
        sample = make_sample(dataset=dataset, name=name)
        sample.sample_images.create(image=make_image(ada.workspace))
        set_value(sample, condition, word, origin="typed", by=ada.user)
    return dataset


@pytest.fixture
def page(context, live_server, ada):
    """A page of Ada's, signed in."""
    client = Client()
    client.force_login(ada.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    return context.new_page()


def names(page):
    return sorted(page.locator(".shot-text a").all_inner_texts())


def gallery_of(live_server, dataset):
    return live_server.url + reverse("datasets:gallery", args=[dataset.pk])


def test_a_filter_swaps_the_grid_keeps_its_address_and_back_undoes_it(live_server, page, cards):
    page.goto(gallery_of(live_server, cards))
    page.evaluate("window.same = true")
    page.locator(".facets").get_by_role("link", name=re.compile("^Mint")).click()
    page.wait_for_url("**/?v.condition=Mint")
    page.get_by_role("link", name="Remove the filter condition: Mint").wait_for()

    assert names(page) == ["fox", "owl"]
    assert page.evaluate("window.same")  # the page itself was not loaded again

    page.go_back()
    expect(page.locator(".shot")).to_have_count(3)
    page.goto(gallery_of(live_server, cards) + "?v.condition=Mint")

    assert names(page) == ["fox", "owl"]


def test_the_search_narrows_while_one_types_and_keeps_the_other_filters(live_server, page, cards):
    page.goto(gallery_of(live_server, cards) + "?v.condition=Mint")
    page.keyboard.press("/")
    page.keyboard.type("owl")
    expect(page.locator(".shot")).to_have_count(1)

    assert names(page) == ["owl"]
    assert "v.condition=Mint" in page.url
    assert page.evaluate("document.activeElement.id") == "q"


def test_a_long_word_in_a_filter_moves_no_count_out_of_sight(live_server, page, cards):
    reason = "The photo is too dark to judge the corners of this card"
    cards.samples.filter(name="fox").update(state="skipped", skip_reason=reason)
    page.set_viewport_size({"width": 1366, "height": 800})

    page.goto(f"{live_server.url}{reverse('datasets:gallery', args=[cards.pk])}")

    expect(page.locator(".facets").get_by_text(reason)).to_be_visible()
    aside = page.locator(".facets").bounding_box()
    counts = [count.bounding_box() for count in page.locator(".facets .num").all()]
    assert counts
    for count in counts:
        assert count["x"] + count["width"] <= aside["x"] + aside["width"]


def test_picked_samples_move_to_the_test_split_by_keyboard(live_server, page, cards):
    page.goto(gallery_of(live_server, cards))
    page.get_by_role("checkbox", name="Pick fox").focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Pick owl").focus()
    page.keyboard.press("Space")
    page.get_by_text("2 picked").wait_for()
    page.get_by_role("button", name="Move to test", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("2 moved to the test split.").wait_for()

    assert set(Sample.objects.filter(test=True).values_list("name", flat=True)) == {"fox", "owl"}


def test_the_field_is_previewed_while_a_variable_is_written(live_server, page, cards):
    page.goto(live_server.url + reverse("datasets:add_variable", args=[cards.pk]))
    page.get_by_label("Name").fill("colour")
    page.get_by_label("Choices").fill("red\ngreen")
    preview = page.locator("#preview")
    expect(preview.get_by_role("radio", name="green")).to_have_count(1)

    assert not page.get_by_label("Minimum", exact=True).is_visible()
    assert preview.get_by_role("radio", name="red", exact=True).count() == 1

    page.get_by_role("radio", name="Decimal number").check(force=True)
    page.get_by_label("Minimum", exact=True).fill("5")
    page.get_by_label("Maximum", exact=True).fill("1")
    preview.get_by_text("empty it").wait_for()
    page.get_by_label("Choices").fill("")  # still there: what is filled isn't hidden
    expect(page.get_by_label("Choices")).to_be_hidden()
    preview.get_by_text(re.compile("aximum|inimum")).first.wait_for()
    page.get_by_label("Maximum", exact=True).fill("9")
    preview.get_by_text("5 to 9").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/schema/")

    assert Variable.objects.get(name="colour").max_value == 9


def test_a_template_is_checked_while_it_is_written(live_server, page, cards):
    page.goto(f"{live_server.url}/datasets/prompts/new/?type=template&dataset={cards.pk}")
    page.get_by_role("textbox", name="Text").fill('{"grade": {{grad}}}')
    page.locator("#check").get_by_text("Line 1, column 11").wait_for()
    page.get_by_role("button", name="Insert all variables").click()
    page.locator("#check").get_by_text("Every value reads back").wait_for()

    assert '"condition": "{{condition}}"' in page.get_by_role("textbox", name="Text").input_value()


def test_everything_works_without_javascript(live_server, browser, ada, cards):
    client = Client()
    client.force_login(ada.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()

    page.goto(gallery_of(live_server, cards))
    page.get_by_label("Search names and texts").fill("toad")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".shot")).to_have_count(1)
    shown = names(page)
    page.get_by_role("checkbox", name="Pick toad").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete 1").click()
    page.goto(live_server.url + reverse("datasets:add_variable", args=[cards.pk]))
    page.get_by_label("Name").fill("real")
    page.get_by_text("Yes or no").click()
    page.get_by_role("button", name="Preview").click()
    previewed = page.locator("#preview").get_by_role("radio", name="Yes").count()
    context.close()

    assert shown == ["toad"]
    assert not Sample.objects.filter(name="toad", removed_at=None).exists()
    assert previewed == 1


def test_no_screen_keeps_anybody_out(live_server, page, ada, cards):
    prompt = make_prompt(workspace=ada.workspace, type="template", content="{}", format="json")
    update_dataset(cards, by=None, result_template=prompt)
    sample, variable = Sample.objects.first(), Variable.objects.first()
    screens = [
        reverse("datasets:list"),
        reverse("datasets:new"),
        reverse("datasets:gallery", args=[cards.pk]) + "?v.condition=Mint",
        reverse("datasets:gallery", args=[cards.pk]) + "?v.nothing=1",
        reverse("datasets:schema", args=[cards.pk]),
        reverse("datasets:add_variable", args=[cards.pk]),
        reverse("datasets:variable", args=[variable.pk]),
        reverse("datasets:settings", args=[cards.pk]),
        reverse("datasets:sample", args=[sample.pk]),
        reverse("datasets:prompts"),
        reverse("datasets:prompt", args=[prompt.pk]),
    ]

    assert of_pages(page, [live_server.url + path for path in screens]) == {}
