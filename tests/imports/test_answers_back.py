"""A table that was exported for somebody comes back with their changes."""

import io
import zipfile

import openpyxl
import pytest

from annotator.datasets.actions import create_sample, set_value
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.exports.formats import FORMATS
from tests.factories import make_dataset, make_image, make_variable
from tests.imports.answering import counts, opened, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def graded(dataset):
    """Three samples, of which two have the same name and one has none."""
    grade = make_variable(dataset=dataset, name="grade", type="float")
    for number, name in enumerate(["card", "card", None]):
        image = make_image(dataset.workspace)
        sample = create_sample(dataset, by=None, name=name, images=[image])
        set_value(sample, grade, number, origin=Origin.TYPED, by=None)
    return dataset


def exported(dataset, folder, name):
    with zipfile.ZipFile(io.BytesIO(b"".join(FORMATS[name](dataset).stream()))) as archive:
        archive.extractall(folder)
    return folder / f"samples.{name}"


def change(path, old, new):
    """Another value in one cell."""
    if path.suffix == ".csv":
        path.write_text(path.read_text().replace(f",{old}", f",{new}"))
        return
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        for cell in row:
            if cell.value == float(old):
                cell.value = float(new)
    book.save(path)


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_only_what_was_changed_is_written_also_where_names_are_alike_or_missing(
    graded, tmp_path, name
):
    path = exported(graded, tmp_path, name)
    before = list(Sample.objects.order_by("pk").values("name", "external_id", "input_meta_data"))
    assert counts(run(opened(graded, path))) == (0, 0, 3, 0)

    change(path, "1.0", "7.5")

    assert counts(run(opened(graded, path))) == (0, 1, 2, 0)
    values = VariableValue.objects.filter(is_set=True).values_list("value", flat=True)
    assert sorted(values) == [0, 2, 7.5]
    after = list(Sample.objects.order_by("pk").values("name", "external_id", "input_meta_data"))
    assert after == before


def test_the_table_of_another_dataset_keeps_its_ids_as_external_ones(graded, tmp_path):
    path = exported(graded, tmp_path, "csv")
    other = make_dataset(workspace=graded.workspace)

    done = run(opened(other, path.parent))

    assert (done.samples_made, done.refused) == (3, 0)
    ids = Sample.objects.filter(dataset=other).values_list("external_id", flat=True)
    assert set(ids) == set(map(str, graded.samples.values_list("pk", flat=True)))
