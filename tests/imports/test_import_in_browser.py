"""The import page as people use it, with JavaScript and without."""

import zipfile

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.models import Sample
from annotator.imports.models import ImageImport
from tests.factories import make_dataset, make_member
from tests.pictures import picture, turned_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_member(Role.ADMIN).workspace)


@pytest.fixture
def signed_in(client, dataset, live_server):
    """Gives a browser context the session of the dataset's admin."""
    client.force_login(dataset.workspace.memberships.get().user)

    def sign_in(context):
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])

    return sign_in


@pytest.fixture
def address(live_server, dataset):
    return live_server.url + reverse("imports:new", args=[dataset.pk])


@pytest.fixture
def folder(tmp_path):
    """Twelve cards of two sides in two folders, a broken file and one that is no picture."""
    folder = tmp_path / "cards"
    for number in range(12):
        shelf = folder / str(number % 2)
        shelf.mkdir(parents=True, exist_ok=True)
        (shelf / f"card{number}_1.jpg").write_bytes(turned_photo(seed=number))
        (shelf / f"card{number}_2.png").write_bytes(picture(seed=100 + number))
    (folder / "broken.jpg").write_bytes(picture(kind="JPEG")[:300])
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".DS_Store").write_text("clutter")
    return folder


def test_a_folder_is_previewed_sent_read_and_reported(
    page, signed_in, address, folder, celery_worker
):
    signed_in(page.context)
    page.goto(address)

    page.set_input_files("#id_folder", folder)
    expect(page.locator("[data-import-total]")).to_have_text("26 files")
    expect(page.locator('[data-import-count="each"]')).to_have_text("26 samples")
    expect(page.locator('[data-import-count="folder"]')).to_have_text("3 samples")
    page.get_by_label("Pictures whose names begin alike").check()
    page.get_by_label("Test samples, in percent").fill("50")
    preview = page.locator("[data-import-preview]")
    expect(preview).to_have_text(
        "Makes 14 samples, 7 of them for tests. 1 hidden or system file is passed over."
    )
    page.get_by_role("button", name="Import").click()

    page.get_by_text("12 samples from 24 pictures; 2 were refused.").wait_for()
    assert Sample.objects.count() == 12
    assert sorted(sample.images.count() for sample in Sample.objects.all()) == [2] * 12
    page.get_by_role("link", name="Refused").click()
    page.get_by_text("cards/notes.txt", exact=True).wait_for()
    page.locator("td", has_text="This is not an image we can read").first.wait_for()


def test_files_of_one_name_from_two_folders_are_both_kept(
    page, signed_in, address, tmp_path, celery_worker
):
    for seed, name in enumerate(["x", "y"]):
        (tmp_path / name).mkdir()
        (tmp_path / name / "IMG_0001.png").write_bytes(picture(seed=seed))
    signed_in(page.context)
    page.goto(address)

    page.set_input_files("#id_pictures", tmp_path / "x" / "IMG_0001.png")
    expect(page.locator("[data-import-total]")).to_have_text("1 file")
    page.set_input_files("#id_pictures", tmp_path / "y" / "IMG_0001.png")
    expect(page.locator("[data-import-total]")).to_have_text("2 files")
    page.set_input_files("#id_pictures", tmp_path / "x" / "IMG_0001.png")  # the same once more
    page.wait_for_timeout(500)
    expect(page.locator("[data-import-total]")).to_have_text("2 files")
    page.get_by_role("button", name="Import").click()

    page.get_by_text("2 samples from 2 pictures.").wait_for()
    assert len({sample.images.get().sha256 for sample in Sample.objects.all()}) == 2


def test_names_of_a_zip_are_shown_as_they_were_guessed_and_read_again(
    page, signed_in, address, tmp_path, celery_worker
):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("XXXX_1.png", picture())
    data = (tmp_path / "a.zip").read_bytes().replace(b"XXXX", "한글".encode("cp949"))
    (tmp_path / "a.zip").write_bytes(data)
    signed_in(page.context)
    page.goto(address)
    page.set_input_files("#id_pictures", tmp_path / "a.zip")
    page.get_by_role("button", name="Import").click()
    page.get_by_role("heading", name="Are these names right?").wait_for()

    page.get_by_label("Names are written in").select_option("cp949")
    page.get_by_role("button", name="Read the names again").click()

    page.get_by_text("1 file name read again.").wait_for()
    page.get_by_text("a.zip/한글_1.png").wait_for()
    assert Sample.objects.get().name == "한글_1"


def test_a_batch_that_is_lost_on_the_way_is_sent_again(
    page, signed_in, address, folder, celery_worker
):
    signed_in(page.context)
    page.goto(address)
    lost = []

    def lose_some(route):
        if route.request.method == "POST" and len(lost) < 2:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/files/", lose_some)
    page.set_input_files("#id_folder", folder)
    page.get_by_role("button", name="Import").click()

    page.get_by_text("24 samples from 24 pictures; 2 were refused.").wait_for()
    assert len(lost) == 2
    assert ImageImport.objects.get().files.count() == 26


def test_an_upload_that_is_broken_off_goes_on_where_it_was(
    page, signed_in, address, folder, celery_worker
):
    signed_in(page.context)
    page.goto(address)
    page.route("**/start/", lambda route: route.fulfill(status=403, json={"detail": "No."}))
    page.set_input_files("#id_folder", folder)
    page.get_by_role("button", name="Import").click()
    page.get_by_text("What has arrived is kept").wait_for()
    page.unroute("**/start/")

    page.goto(address)
    page.locator(".list a").first.click()
    page.get_by_role("link", name="Go on uploading").click()
    batches = []
    page.on("request", lambda request: "preview" in request.url or batches.append(request.method))
    page.set_input_files("#id_folder", folder)
    page.get_by_role("button", name="Import").click()

    page.get_by_text("24 samples from 24 pictures").wait_for()
    assert batches.count("POST") == 1  # the start alone: no file was sent twice


def test_the_page_works_without_javascript(browser, signed_in, address, folder, celery_worker):
    context = browser.new_context(java_script_enabled=False)
    signed_in(context)
    page = context.new_page()
    page.goto(address)

    page.set_input_files("#id_pictures", sorted((folder / "0").iterdir()))
    page.get_by_label("Pictures whose names begin alike").check()
    page.get_by_role("button", name="Import").click()
    for _ in range(100):
        if ImageImport.objects.get().state == ImageImport.State.DONE:
            break
        page.wait_for_timeout(100)
    page.reload()

    assert "6 samples from 12 pictures" in page.locator("#import").inner_text()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_and_the_report(
    browser, signed_in, address, folder, celery_worker, scheme
):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme)
    signed_in(context)
    page = context.new_page()
    page.goto(address)
    page.set_input_files("#id_folder", folder)
    results = [Axe().run(page)]
    page.get_by_role("button", name="Import").click()
    page.get_by_text("24 samples from 24 pictures").wait_for()
    results.append(Axe().run(page))

    assert [result.generate_report() for result in results if result.violations_count] == []
    context.close()
