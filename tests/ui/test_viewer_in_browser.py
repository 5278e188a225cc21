"""Looking at images: zoom, move, turn, choose, compare."""

import pytest

from tests.ui.browser_page import open_page

pytestmark = pytest.mark.browser

PANE = """<figure class="pane" data-pane id="image-{n}"><div class="stage"><div class="turn">
<img src="/picture-{n}" width="200" height="100" alt="Picture {n}" data-full="/picture-{n}-full">
<svg class="boxes" viewBox="0 0 200 100" aria-hidden="true"><rect x="0" y="0" width="20" height="10"/></svg>
</div></div></figure>"""
BUTTONS = "".join(
    f'<button type="button" data-view="{name}" data-key="{key}">{name}</button>'
    for name, key in {"in": "+", "out": "-", "fit": "0", "turn": "r", "next": "]"}.items()
)
BODY = f"""
<section class="viewer" data-viewer data-boxes>
<div class="panes">{"".join(PANE.format(n=n) for n in (1, 2, 3))}</div>
<div class="viewer-bar">{BUTTONS}
<button type="button" data-view="compare" aria-pressed="false">compare</button>
<input type="range" data-view="brightness" min="0.4" max="2" step="0.1" value="1" aria-label="Brightness">
{"".join(f'<a href="#image-{n}" data-thumb>{n}</a>' for n in (1, 2, 3))}</div></section>
"""


@pytest.fixture
def viewer(page):
    open_page(page, BODY, modules=["viewer.js", "viewer-tools.js", "keys.js"])
    page.evaluate("document.querySelector('.viewer').style.height = '400px'")
    page.locator("[data-ready]").wait_for()
    return page


def box(page, selector):
    return page.locator(selector).bounding_box()


def shown(page):
    return page.locator("[data-pane]:visible").evaluate_all("panes => panes.map(pane => pane.id)")


def test_the_first_image_is_shown_whole(viewer):
    image, pane = box(viewer, "#image-1 img"), box(viewer, "#image-1")

    assert shown(viewer) == ["image-1"]
    assert image["width"] <= pane["width"]
    assert image["height"] <= pane["height"]


def test_the_wheel_zooms_about_the_cursor(viewer):
    before = box(viewer, "#image-1 .stage")
    at = before["x"] + before["width"] / 4, before["y"] + before["height"] / 4

    viewer.mouse.move(*at)
    viewer.mouse.wheel(0, -600)

    after = box(viewer, "#image-1 .stage")
    assert after["width"] > 2 * before["width"]
    assert (at[0] - after["x"]) / after["width"] == pytest.approx(1 / 4, abs=0.01)
    assert (at[1] - after["y"]) / after["height"] == pytest.approx(1 / 4, abs=0.01)


def test_a_large_picture_is_fetched_only_when_somebody_looks_closer(viewer):
    assert viewer.locator("#image-1 img").get_attribute("src") == "/picture-1"

    viewer.keyboard.press("+")
    viewer.keyboard.press("+")

    assert viewer.locator("#image-1 img").get_attribute("src") == "/picture-1-full"


def test_a_drag_moves_a_zoomed_image_but_never_out_of_sight(viewer):
    pane = box(viewer, "#image-1")
    viewer.keyboard.press("+")
    viewer.mouse.move(pane["x"] + 100, pane["y"] + 100)
    viewer.mouse.down()
    viewer.mouse.move(pane["x"] + 60, pane["y"] + 80, steps=3)
    moved = box(viewer, "#image-1 .stage")
    viewer.mouse.move(pane["x"] + 5000, pane["y"] + 5000, steps=3)
    viewer.mouse.up()

    assert moved["x"] < pane["x"]
    assert box(viewer, "#image-1 .stage")["x"] == pytest.approx(pane["x"], abs=1)


def test_fit_undoes_every_zoom(viewer):
    viewer.keyboard.press("+")
    viewer.keyboard.press("+")
    viewer.keyboard.press("0")

    assert box(viewer, "#image-1 .stage") == box(viewer, "#image-1")


def test_a_turned_image_still_fits_and_its_boxes_turn_along(viewer):
    viewer.keyboard.press("r")

    turn, pane = box(viewer, "#image-1 img"), box(viewer, "#image-1")
    drawn = box(viewer, "#image-1 rect")
    assert drawn["height"] > drawn["width"]
    assert drawn["y"] >= pane["y"] - 1
    assert drawn["y"] + drawn["height"] <= pane["y"] + pane["height"] + 1
    assert turn is not None


def test_keys_and_thumbnails_choose_the_image(viewer):
    viewer.keyboard.press("]")
    assert shown(viewer) == ["image-2"]

    viewer.locator("[data-thumb]").nth(2).click()
    assert shown(viewer) == ["image-3"]
    assert viewer.locator("[data-thumb]").nth(2).get_attribute("aria-current") == "true"

    viewer.keyboard.press("]")
    assert shown(viewer) == ["image-1"]


def test_two_images_are_compared_in_step(viewer):
    viewer.get_by_role("button", name="compare").click()
    viewer.keyboard.press("+")
    viewer.keyboard.press("+")

    first, second = box(viewer, "#image-1 .stage"), box(viewer, "#image-2 .stage")
    assert shown(viewer) == ["image-1", "image-2"]
    assert first["width"] == pytest.approx(second["width"], abs=1)
    assert first["width"] > 2 * box(viewer, "#image-1")["width"]


def test_brightness_changes_the_picture_alone(viewer):
    viewer.get_by_label("Brightness").fill("1.5")

    assert "brightness(1.5)" in viewer.locator("#image-1 img").get_attribute("style")
