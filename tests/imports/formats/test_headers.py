"""Which row of a table is its header: below titles, as guessed or as a person says."""

import openpyxl
import pytest

from annotator.errors import BadInput
from annotator.imports.formats import delimited, open_source
from annotator.imports.formats.headers import HEADER_ROWS, likely_header
from annotator.imports.formats.records import Reading
from tests.imports.formats.files import problems_of, read, rows_of

TABLE = "file;grade;note\na.jpg;8,5;fine\nb.jpg;7,5;\n"


def names_of(source):
    return [column.name for column in source.columns()]


@pytest.mark.parametrize(
    "titles",
    [
        "Cards of March\n",
        "Cards of March;;\n",
        "Cards, March, 2024\n",
        "\n\nCards of March\nby hand\n\n",
        "# made by a camera\n2024-03-01\n",
    ],
)
def test_titles_above_a_header_are_passed_over_and_said(tmp_path, titles):
    source = read(tmp_path, "a.csv", titles + TABLE)

    number = titles.count("\n") + 1
    assert names_of(source) == ["file", "grade", "note"]
    assert [each.number for each in source.records()] == [number + 1, number + 2]
    assert not problems_of(source)
    assert (source.reading.delimiter, source.reading.decimal) == (";", ",")
    assert source.reading.header_row == str(number)
    assert f"read from row {number}" in source.notes()[0]


@pytest.mark.parametrize(
    "rows",
    [
        [["name"], ["anna"], ["bert"]],
        [["id", "note"], ["1", "a"]],
        [["", "label"], ["0", "cat"], ["1", "dog"]],
        [["", "label"], ["x", "cat"], ["y", "dog"]],
        [["labels"], ["a.jpg", "cat"], ["b.jpg", "dog"]],
        [["id"], ["1", "a"], ["2", "b"]],
        [["day"], ["2024-03-01", "a"], ["2024-03-02", "b"]],
        [["id", "note", "", ""], ["1", "a", "b", "c"]],
        [["name"], ["anna"], ["bert", "b"], ["carl", "c"]],
        [["note"], ["a", "b"], ["c"], ["d"]],
        [["note"], ["a", "a"], ["b", "c"]],
        [["note"], ["a", "b"]],
        [["title"], ["a", "b"], ["c", "d", "e"], ["f", "g", "h"]],
        [],
    ],
)
def test_what_may_be_a_header_is_no_title(rows):
    assert likely_header(rows) == 0


def test_the_row_of_the_header_can_be_chosen(tmp_path):
    text = "camera;7\noperator;anna;x\n" + TABLE

    source = read(tmp_path, "a.csv", text, reading=Reading(header_row="3"))

    assert names_of(source) == ["file", "grade", "note"]
    assert [row["grade"] for row in rows_of(source)] == ["8,5", "7,5"]
    assert source.reading_choices()["header_row"]["3"] == "3: file, grade, note"
    assert names_of(read(tmp_path, "b.csv", text)) == ["camera", "7"]


@pytest.mark.parametrize("number", ["0", "2", "-1", "9", "x", "1.0", "9" * 5000])
def test_a_row_that_holds_no_names_is_refused(tmp_path, number):
    with pytest.raises(BadInput, match=f"one of the first {HEADER_ROWS} rows"):
        read(tmp_path, "a.csv", "title\n\n" + TABLE, reading=Reading(header_row=number))


def test_a_row_wider_than_the_header_says_that_the_header_may_be_another(tmp_path):
    source = read(tmp_path, "a.csv", "camera;7\n" + TABLE)

    assert "choose the row of the header" in problems_of(source)[2]


def test_a_header_that_has_no_end_is_refused(tmp_path, monkeypatch):
    limit = delimited.csv.field_size_limit(1_000)
    try:
        with pytest.raises(BadInput, match="row 1: a cell has more than"):
            read(tmp_path, "a.csv", '"' + "x\n" * 900 + '",b\n1,2\n')
    finally:
        delimited.csv.field_size_limit(limit)


def workbook(folder, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def test_titles_of_a_sheet_are_passed_over_though_nothing_is_merged(tmp_path):
    rows = [["Cards of March"], [], ["file", "grade"], ["a.jpg", 8], ["b.jpg", 7]]

    source = open_source(workbook(tmp_path, rows))

    assert names_of(source) == ["file", "grade"]
    assert [(each.number, each.cells["grade"]) for each in source.records()] == [(4, 8), (5, 7)]
    assert "read from row 3" in source.notes()[0]


def test_the_row_of_a_sheets_header_can_be_chosen(tmp_path):
    path = workbook(tmp_path, [["camera", 7], ["file", "grade"], ["a.jpg", 8]])

    source = open_source(path, reading=Reading(header_row="2"))

    assert names_of(source) == ["file", "grade"]
    assert source.reading_choices()["header_row"] == {
        "1": "1: camera, 7",
        "2": "2: file, grade",
        "3": "3: a.jpg, 8",
    }
    with pytest.raises(BadInput, match="Row 4 can't be the header"):
        open_source(path, reading=Reading(header_row="4"))
