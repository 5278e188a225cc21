"""Workbooks as Excel and openpyxl write them, and hostile ones."""

import datetime
import tracemalloc
import zipfile

import openpyxl
import pytest
import xlsxwriter

from annotator.errors import BadInput
from annotator.imports.formats import open_source, workbooks
from annotator.imports.formats.guessing import guess_columns
from annotator.imports.formats.records import Reading
from tests.imports.formats.files import problems_of, rows_of, zip_of_empty_files


def workbook(folder, rows, change=lambda sheet: None):
    path = folder / "a.xlsx"
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    book.save(path)
    return path


def names_of(source):
    return [column.name for column in source.columns()]


def test_cells_are_what_the_sheet_holds(tmp_path):
    day, moment = datetime.date(2024, 4, 3), datetime.datetime.fromisoformat("2024-04-03T09:30")
    row = ["007", 7, 7.0, 1.5, True, day, moment, datetime.time(9, 5), " x ", None]
    source = open_source(workbook(tmp_path, [list("abcdefghij"), row]))

    assert rows_of(source) == [
        {
            "a": "007",
            "b": 7,
            "c": 7,
            "d": 1.5,
            "e": True,
            "f": "2024-04-03",
            "g": "2024-04-03T09:30:00",
            "h": "09:05:00",
            "i": " x ",
        }
    ]
    assert type(rows_of(source)[0]["c"]) is int


def test_zeros_that_a_number_format_shows_are_kept(tmp_path):
    def pad(sheet):
        sheet["A2"].number_format = "00000"
        sheet["B2"].number_format = "0.00"

    source = open_source(workbook(tmp_path, [["zip", "n"], [123, 4]], pad))

    assert rows_of(source) == [{"zip": "00123", "n": 4}]


def test_formulas_count_with_their_saved_result_and_missing_ones_are_said(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["n", "double"])
        sheet.write_number(1, 0, 2)
        sheet.write_formula(1, 1, "=A2*2", None, 4)
    uncalculated = workbook(tmp_path / "..", [["n", "double"], [2, "=A2*2"]])

    assert rows_of(open_source(path)) == [{"n": 2, "double": 4}]
    assert rows_of(open_source(uncalculated)) == [{"n": 2}]
    assert any("formulas have no result" in note for note in open_source(uncalculated).notes())


def test_merged_headers_are_joined_and_titles_passed_over(tmp_path):
    def merge(sheet):
        sheet.merge_cells("A1:D1")
        sheet.merge_cells("B2:C2")
        sheet.merge_cells("A2:A3")

    rows = [["Cards 2024"], ["id", "size", None, "note"], [None, "w", "h", None], [1, 2, 3, "x"]]
    source = open_source(workbook(tmp_path, rows, merge))

    assert names_of(source) == ["id", "size / w", "size / h", "note"]
    assert [(each.number, each.cells["id"]) for each in source.records()] == [(4, 1)]


def test_rows_are_numbered_as_the_sheet_numbers_them(tmp_path):
    def leave_empty(sheet):
        sheet["B3"], sheet["B4"], sheet["B7"] = "id", 1, 2

    source = open_source(workbook(tmp_path, [], leave_empty))

    assert [(each.number, each.cells) for each in source.records()] == [
        (4, {"id": 1}),
        (7, {"id": 2}),
    ]


def test_formatted_empty_columns_are_no_columns(tmp_path):
    def fill(sheet):
        for place in ("E1", "F1", "G2"):
            sheet[place].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")

    assert names_of(open_source(workbook(tmp_path, [["a", "b"], [1, 2]], fill))) == ["a", "b"]


def test_a_value_beside_the_header_is_a_problem(tmp_path):
    source = open_source(workbook(tmp_path, [["a"], [1, 2], [3]]))

    assert list(problems_of(source)) == [2]


def test_sheets_are_listed_and_hidden_ones_are_not_chosen(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "secret"
    book.active.sheet_state = "hidden"
    for title in ("one", "two"):
        book.create_sheet(title).append([title])
        book[title].append([1])
    book.save(path)

    source = open_source(path)

    assert source.reading.sheet == "one"
    assert source.reading_choices()["sheet"] == ["one", "two", "secret"]
    assert rows_of(open_source(path, reading=Reading(sheet="two"))) == [{"two": 1}]
    with pytest.raises(BadInput, match="no sheet"):
        open_source(path, reading=Reading(sheet="three"))


def test_errors_of_the_spreadsheet_are_problems(tmp_path):
    source = open_source(workbook(tmp_path, [["a", "b"], [1, "#N/A"], [2, "# not an error"]]))

    assert list(problems_of(source)) == [2]


def test_numbers_with_more_digits_than_excel_keeps_are_said(tmp_path):
    source = open_source(workbook(tmp_path, [["code"], [1234567890123450000], [12]]))

    assert "15 digits" in guess_columns(source)["code"].warnings[0]


def test_dates_that_count_from_1904_are_the_same_days(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "day")
        form = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_datetime(1, 0, datetime.datetime.fromisoformat("2024-04-03"), form)

    assert rows_of(open_source(path)) == [{"day": "2024-04-03"}]


def altered(path, part, change):
    """The workbook with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_a_document_type_is_refused(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    path = altered(
        workbook(tmp_path, [["a"], [1]]),
        "xl/workbook.xml",
        lambda data: b'<?xml version="1.0"?>' + bomb + data[data.index(b"<workbook") :],
    )

    with pytest.raises(BadInput, match="document type"):
        open_source(path)


SHEET = "xl/worksheets/sheet1.xml"


def test_a_document_type_of_a_sheet_is_refused(tmp_path):
    def declare(data):
        return b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data[data.index(b"<worksheet") :]

    with pytest.raises(BadInput, match="document type"):
        open_source(altered(workbook(tmp_path, [["a"], [1]]), SHEET, declare))


def test_a_sheet_that_is_nested_too_deeply_is_read_up_to_there(tmp_path):
    def nest(data):
        return data.replace(b"</sheetData>", b"<row>" + b"<a>" * 5_000)

    path = altered(workbook(tmp_path, [["a"], [1]]), SHEET, nest)

    assert rows_of(open_source(path))[0] == {"a": 1}
    assert "damaged" in list(open_source(path).records())[-1].problem


def test_texts_in_runs_with_readings_and_escapes_are_whole_and_prefixes_do_not_matter(tmp_path):
    def write(data):
        text = (
            '<x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:r><x:t>東京</x:t></x:r>'
            "<x:rPh><x:t>トウキョウ</x:t></x:rPh><x:r><x:t>_x000D_ &amp; b</x:t></x:r></x:is></x:c></x:row>"
        )
        prefixed = data.replace(b"<worksheet xmlns=", b"<worksheet xmlns:x=", 1)
        start = prefixed.index(b'<row r="2"')
        end = prefixed.index(b"</sheetData>")
        return prefixed[:start] + text.encode() + prefixed[end:]

    path = altered(workbook(tmp_path, [["a"], [1]]), SHEET, write)

    assert rows_of(open_source(path)) == [{"a": "東京\r & b"}]


def test_a_part_that_unpacks_to_far_more_than_a_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_OTHER_BYTES", 1_000_000)
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(0, 0, "a")
    altered(path, "xl/sharedStrings.xml", lambda data: data + b" " * 2_000_000)

    with pytest.raises(BadInput, match="too large"):
        open_source(path)


def test_a_workbook_of_a_million_parts_is_refused_unread(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(zip_of_empty_files(1_000_000, claimed=0xFFFF))
    tracemalloc.start()

    with pytest.raises(BadInput, match="too many parts"):
        open_source(path)

    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


def test_a_row_number_beyond_all_sheets_costs_nothing(tmp_path):
    path = altered(
        workbook(tmp_path, [["a"], [1]]),
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b'r="2"', b'r="999999999"').replace(b'"A2"', b'"A999999999"'),
    )

    assert [each.number for each in open_source(path).records()] == [999999999]


def test_a_row_number_that_no_sheet_has_ends_the_reading(tmp_path):
    path = altered(
        workbook(tmp_path, [["a"], [1], [2]]),
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b'r="3"', b'r="99999999999"'),
    )

    assert "damaged after row 2" in problems_of(open_source(path))[3]


def test_a_number_that_is_no_date_is_a_problem_of_its_row(tmp_path):
    def as_dates(sheet):
        for cell in ("A2", "A3", "A4"):
            sheet[cell].number_format = "yyyy-mm-dd"

    path = workbook(tmp_path, [["day"], [99_999_999], [-99_999_999], [45_000]], as_dates)
    source = open_source(path)

    assert list(problems_of(source)) == [2, 3]
    assert rows_of(source)[2] == {"day": "2023-03-15"}


@pytest.mark.parametrize("cut", [10, 2_000])
def test_damaged_workbooks_are_refused(tmp_path, cut):
    path = workbook(tmp_path, [["a"], [1]])
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(BadInput, match="no readable workbook"):
        open_source(path)


def test_a_sheet_that_ends_too_early_says_where(tmp_path):
    path = altered(
        workbook(tmp_path, [["a"], [1], [2], [3]]),
        "xl/worksheets/sheet1.xml",
        lambda data: (
            data[: data.index(b'<row r="3"')] + b"<row><c t='s'><v>99</v></c></row></sheetData>"
        ),
    )

    records = list(open_source(path).records())

    assert records[0].cells == {"a": 1}
    assert "nothing after it is read" in records[-1].problem
