"""Own photographs: in by browser, labelled in part, out as JSONL that says exactly what was typed."""

import io
import json
import random
import zipfile

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.models import Dataset, Sample
from annotator.images.models import Image
from tests.annotation.conftest import acknowledged
from tests.factories import PASSWORD, make_member, make_user
from tests.pictures import opened, picture, turned_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KINDS = [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("gif", "GIF")]
TYPED = [
    "Light wear",
    'A "quoted" scratch',
    "Curly {{grade}} {x}",
    "Back\\slash, comma",
    "漢字 – ž",
]


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def photographs(tmp_path):
    """200 files of various sizes and formats: turned by EXIF, one broken, one no picture."""
    folder, rng = tmp_path / "holiday", random.Random(5)
    folder.mkdir()
    for number in range(198):
        suffix, kind = KINDS[number % 4]
        if number % 5 == 0:
            (folder / f"photo{number:03}.jpg").write_bytes(turned_photo(seed=number))
            continue
        width, height = rng.randrange(40, 900), rng.randrange(40, 700)
        data = picture(width, height, seed=number, kind=kind)
        (folder / f"photo{number:03}.{suffix}").write_bytes(data)
    (folder / "broken.jpg").write_bytes(turned_photo(seed=999)[:400])
    (folder / "notes.jpg").write_text("<html>not a picture</html>")
    return folder


def test_own_photographs_from_the_folder_to_the_training_file(
    live_server, page, photographs, celery_worker
):
    admin = make_member(Role.ADMIN, user=make_user(username="ada"))
    page.goto(f"{live_server.url}/account/login/")
    page.get_by_label("User name or e-mail").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")

    dataset = make_dataset_with_form(page, live_server, admin)
    import_folder(page, live_server, dataset, photographs)
    typed = [label(page, live_server, dataset, number) for number in range(5)]

    assert read_back(page, live_server, dataset) == typed


def make_dataset_with_form(page, live_server, admin):
    """A name, two variables; nothing else is needed."""
    page.goto(live_server.url + reverse("datasets:new"))
    page.get_by_label("Name").first.fill("Holiday")
    page.locator("details", has=page.locator("[name=review_percent]")).locator("summary").click()
    page.locator("[name=review_percent]").fill("0")
    page.get_by_role("button", name="Create dataset").click()
    dataset = until_one(page, Dataset, workspace=admin.workspace)
    for name, kind in (("grade", "Decimal number"), ("note", "Text")):
        page.goto(live_server.url + reverse("datasets:add_variable", args=[dataset.pk]))
        page.locator("[name=name]").fill(name)
        page.get_by_role("radio", name=kind).check(force=True)
        page.locator("[name=required]").check()
        expect(page.locator("#preview")).to_contain_text(name)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    return dataset


def until_one(page, model, **lookup):
    """The row that the click before makes."""
    page.wait_for_url("**/schema/**")
    return model.objects.get(**lookup)


def import_folder(page, live_server, dataset, folder):
    """198 go in upright; the broken file and the page of HTML are named."""
    page.goto(live_server.url + reverse("imports:new", args=[dataset.pk]))
    page.set_input_files("#id_folder", folder)
    page.get_by_label("Test samples, in percent").fill("0")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("198 samples from 198 pictures; 2 were refused.")).to_be_visible(
        timeout=120_000
    )
    assert Sample.objects.filter(dataset=dataset).count() == 198
    turned = Image.objects.get(name__endswith="photo000.jpg")
    assert (turned.width_px, turned.height_px) == (48, 64)


def label(page, live_server, dataset, number):
    """Grade and note, by keyboard; says what was typed, under the sample's id."""
    page.goto(live_server.url + reverse("annotation:next", args=[dataset.pk]))
    name = page.get_by_role("heading", level=1).inner_text()
    expect(page.locator("#save-state")).to_be_visible()
    page.keyboard.type(str(number + 0.5))
    page.keyboard.press("Tab")
    page.keyboard.type(TYPED[number])
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(name)
    acknowledged(page)
    sample = Sample.objects.get(dataset=dataset, name=name.strip())
    return str(sample.pk), {"grade": number + 0.5, "note": TYPED[number]}


def read_back(page, live_server, dataset):
    """The samples of the exported zip with their answers, parsed; each image is in it and opens."""
    page.goto(live_server.url + reverse("exports:choose", args=[dataset.pk]))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download zip").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        lines = [json.loads(line) for line in archive.read("train.jsonl").decode().splitlines()]
        for line in lines:
            for name in line["images"]:
                opened(archive.read(name))
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["samples"]["left_out"] == 193
    return [(line["id"], json.loads(line["messages"][-1]["content"][0]["text"])) for line in lines]
