"""The import of answers as people use it, from the dropped files to the undo."""

import base64
import io
import zipfile

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.models import Sample, VariableValue
from annotator.imports.models import AnswerImport
from tests.factories import make_dataset, make_member, make_variable
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABLE = b"file;points;city\none.png;7,5;Brno\ntwo.png;99;Lima\nthree.png;4,5;Lima\n"
DROP = """(zone, files) => {
    const data = new DataTransfer();
    for (const [name, bytes] of files) {
        data.items.add(new File([Uint8Array.from(atob(bytes), (each) => each.charCodeAt())], name));
    }
    zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_member(Role.ADMIN).workspace)
    make_variable(dataset=dataset, name="grade", type="float", max_value=10)
    return dataset


def drop(page, **files):
    encoded = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    page.locator("[data-drop]").evaluate(DROP, encoded)


def pictures():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for seed, name in enumerate(["one", "two", "three"]):
            archive.writestr(f"{name}.png", picture(seed=seed))
    return packed.getvalue()


def test_dropped_answers_are_mapped_checked_mended_imported_and_undone(
    page, live_server, client, dataset, celery_worker
):
    client.force_login(dataset.workspace.memberships.get().user)
    value = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    page.goto(live_server.url + reverse("imports:answers_new", args=[dataset.pk]))

    drop(page, **{"labels.csv": TABLE, "photos.zip": pictures()})
    expect(page.locator("[data-import-total]")).to_have_text("1 file and 1 zip")
    page.get_by_role("button", name="Read the columns").click()
    page.get_by_role("button", name="Check").wait_for()
    page.get_by_label("points becomes").select_option("grade")
    page.get_by_label("city becomes").select_option("New variable")
    page.get_by_label("Accepted values").check()
    page.get_by_role("button", name="Check").click()

    cell = page.get_by_label("Row 3, points")
    cell.wait_for()
    assert not Sample.objects.exists()
    cell.fill("9,5")
    page.get_by_role("button", name="Check with these corrections").click()
    page.get_by_text("0 refused").wait_for()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Undo this import").wait_for()
    assert set(
        VariableValue.objects.filter(variable__name="grade").values_list("value", flat=True)
    ) == {7.5, 9.5, 4.5}
    assert [each.images.count() for each in Sample.objects.all()] == [1, 1, 1]

    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("Undone")).to_be_visible()
    assert not Sample.objects.filter(removed_at=None).exists()
    assert AnswerImport.objects.get().is_undone
