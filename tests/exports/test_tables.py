"""Tables for people: a column per variable, in CSV and in a workbook."""

import csv
import io
import json

import openpyxl
import pytest

from tests.exports.shapes import NASTY, VALUES, add_sample, exported, make_shape

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_shape()


def read_csv(archive):
    with archive:
        text = archive.read("samples.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_xlsx(archive):
    with archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read("samples.xlsx")))
    header, *rows = book.active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_csv_has_a_column_per_variable_and_no_formulas(dataset):
    add_sample(dataset, name="=cmd()", values={**VALUES, "kind": "=1+1", "grade": 0.0})

    (row,) = read_csv(exported("csv", dataset))

    assert (row["name"], row["kind"]) == ("'=cmd()", "'=1+1")
    assert (row["grade"], row["count"], row["sharp"], row["note"]) == ("0.0", "3", "false", NASTY)
    assert json.loads(row["flaws"]) == VALUES["flaws"]
    assert row["split"] == "train"


def test_a_workbook_holds_values_of_their_own_kind(dataset):
    add_sample(dataset, name="=cmd()", values={**VALUES, "kind": "=1+1"})
    add_sample(dataset, values={"grade": 1.0, "kind": "a & b", "flaws": [], "box": VALUES["box"]})

    first, second = read_xlsx(exported("xlsx", dataset))

    assert (first["name"], first["kind"]) == ("=cmd()", "=1+1")
    assert (first["grade"], first["count"], first["sharp"]) == (8.5, 3, False)
    assert first["note"].replace("\r\n", "\n") == NASTY
    assert second["note"] is None


def test_a_text_that_no_cell_holds_is_left_out_of_a_workbook_alone(dataset):
    add_sample(dataset, name="long", values={**VALUES, "note": "x" * 40_000})

    with exported("xlsx", dataset) as archive:
        manifest = json.loads(archive.read("manifest.json"))

    assert [each["name"] for each in manifest["left_out"]] == ["long"]
    assert len(read_csv(exported("csv", dataset))) == 1
