"""CSV and TSV as they really come."""

import pytest

from annotator.errors import BadInput
from annotator.imports.formats import bounds, delimited, text_files
from annotator.imports.formats.records import Reading
from tests.imports.formats.files import problems_of, read, rows_of, written

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def names_of(source):
    return [column.name for column in source.columns()]


@pytest.mark.parametrize(
    ("start", "delimiter"),
    [
        ("a;b\n1,5;2\n1,6;3\n", ";"),
        ('a;b\n"x";p,q,r\n"y";s,t\n', ";"),
        ("a\tb c\n1\td e f\n", "\t"),
        ("a|b\n1,2|3\n", "|"),
        ("name\nanna\nbert\n", ","),
        ('id,note\n1,"a;b;c"\n2,d;e\n', ","),
    ],
)
def test_the_separator_is_the_one_that_gives_rows_as_wide_as_the_header(tmp_path, start, delimiter):
    source = read(tmp_path, "a.csv", start)

    assert source.reading.delimiter == delimiter
    assert not problems_of(source)


def test_a_separator_stated_on_the_first_line_is_obeyed_and_dropped(tmp_path):
    source = read(tmp_path, "a.csv", "sep=;\r\nid;note\r\n1;a,b\r\n")

    assert names_of(source) == ["id", "note"]
    assert rows_of(source) == [{"id": "1", "note": "a,b"}]


def test_a_separator_can_be_chosen(tmp_path):
    source = read(tmp_path, "a.csv", "a,b;c\n1,2;3\n", reading=Reading(delimiter=","))

    assert rows_of(source) == [{"a": "1", "b;c": "2;3"}]


@pytest.mark.parametrize("encoding", UNICODE)
def test_unicode_is_recognised_with_and_without_a_mark(tmp_path, encoding):
    source = read(tmp_path, "a.csv", "id,name\n1,Müller 漢字\n", encoding)

    assert names_of(source) == ["id", "name"]
    assert rows_of(source) == [{"id": "1", "name": "Müller 漢字"}]


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("cp1252", "schöne Grüße"),
        ("cp1250", "zażółć gęślą jaźń"),
        ("cp1251", "красная машина"),
        ("gb18030", "红色的汽车在街上"),
        ("cp932", "赤い車が通りにあります"),
    ],
)
def test_a_code_page_is_guessed_and_said(tmp_path, encoding, word):
    source = read(tmp_path, "a.csv", f'id,note\n1,"{word}"\n', encoding)

    assert rows_of(source) == [{"id": "1", "note": word}]
    assert any(encoding in note for note in source.notes())


def test_a_wrong_encoding_is_a_problem_of_the_rows_that_it_garbles(tmp_path):
    text = "id,note\n1,plain\n2,Grüße\n"
    source = read(tmp_path, "a.csv", text, "cp1252", reading=Reading(encoding="utf-8"))

    assert list(problems_of(source)) == [3]
    assert "encoding" in problems_of(source)[3]


@pytest.mark.parametrize(
    ("rows", "decimal"),
    [
        ("1,5;x\n2,25;y", ","),
        ("1.5;x\n2.25;y", "."),
        ("1,234;x\n2,345;y", ""),
        ("1.234;x\n2.345;y", ""),
        ("0,123;x\n0,456;y", ","),
        ("1,5;2.5\n2,5;3.5", ""),
        ("3;x\n4;y", "."),
        ("1,5;x\nabout 2;y", "."),
    ],
)
def test_the_decimal_mark_is_told_by_whole_columns(tmp_path, rows, decimal):
    source = read(tmp_path, "a.csv", f"a;b\n{rows}\n")

    assert source.reading.decimal == decimal
    assert bool(source.notes()) == (not decimal)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["03/04/2024", "13/04/2024"], "dmy"),
        (["03/04/2024", "04/13/2024"], "mdy"),
        (["03/04/2024", "05/06/2024"], ""),
        (["2024-04-03", "2024-12-31"], "ymd"),
        (["13/04/2024", "04/13/2024"], ""),
        (["1/2/2024", "soon"], ""),
    ],
)
def test_the_order_of_dates_is_told_by_whole_columns(tmp_path, dates, order):
    source = read(tmp_path, "a.csv", "id,day\n" + "".join(f"1,{day}\n" for day in dates))

    assert source.reading.date_order == order


def test_dates_that_can_be_read_both_ways_are_asked_for(tmp_path):
    source = read(tmp_path, "a.csv", "id,day\n1,03/04/2024\n")

    assert any("day or month" in note for note in source.notes())


def test_columns_of_dates_are_iso_once_their_order_is_known(tmp_path):
    text = "day;at;text\n3.4.2024;2024/04/03 9:05;3.4.2024\n13.04.2024;2024-04-04;soon\n"
    unclear = "day\n03/04/2024\n"

    rows = rows_of(read(tmp_path, "a.csv", text))

    assert [row["day"] for row in rows] == ["2024-04-03", "2024-04-13"]
    assert [row["at"] for row in rows] == ["2024-04-03T09:05:00", "2024-04-04"]
    assert [row["text"] for row in rows] == ["3.4.2024", "soon"]
    assert rows_of(read(tmp_path, "b.csv", unclear)) == [{"day": "03/04/2024"}]
    chosen = read(tmp_path, "b.csv", unclear, reading=Reading(date_order="mdy"))
    assert rows_of(chosen) == [{"day": "2024-03-04"}]


def test_texts_stay_as_they_stand(tmp_path):
    source = read(tmp_path, "a.csv", "a,b,c,d,e\n007,1E5,TRUE,NA, x \n")

    assert rows_of(source) == [{"a": "007", "b": "1E5", "c": "TRUE", "d": "NA", "e": " x "}]


def test_line_breaks_in_cells_stay_and_rows_say_their_line(tmp_path):
    source = read(tmp_path, "a.csv", 'id,note\r\n1,"a\r\nb"\r\n2,c\r\n')

    records = list(source.records())
    assert [(each.number, each.line) for each in records] == [(2, 2), (3, 4)]
    assert records[0].cells["note"] == "a\r\nb"


def test_ragged_rows_are_problems_and_the_others_go_on(tmp_path):
    source = read(tmp_path, "a.csv", "a,b\n1,2\n1,2,3\n1\n1,2,,\n\n4,5\n")

    assert list(problems_of(source)) == [3, 4]
    assert [each.number for each in source.records()] == [2, 3, 4, 5, 7]


def test_headers_are_trimmed_numbered_and_dropped_where_nothing_stands(tmp_path):
    source = read(tmp_path, "a.csv", " id ,note,note,,\n1,a,b,c,\n")

    assert names_of(source) == ["id", "note", "note 2", "column 4"]
    assert rows_of(source) == [{"id": "1", "note": "a", "note 2": "b", "column 4": "c"}]


def test_a_number_for_an_equal_header_is_not_one_that_is_taken(tmp_path):
    source = read(tmp_path, "a.csv", "a,a,a 2\n1,2,3\n")

    assert rows_of(source) == [{"a": "1", "a 3": "2", "a 2": "3"}]


def test_a_quotation_mark_that_is_never_closed_is_said(tmp_path):
    source = read(tmp_path, "a.csv", 'id,note\n1,a\n2,"b\n3,c\n4,d\n')

    assert list(problems_of(source)) == [3]
    assert "never closed" in problems_of(source)[3]


def test_a_cell_without_end_stops_the_reading_with_a_message(tmp_path, monkeypatch):
    delimited.csv.field_size_limit(1_000)
    try:
        source = read(tmp_path, "a.csv", 'id,note\n1,a\n2,"' + "x\n" * 900 + '"\n')
        problems = problems_of(source)
    finally:
        delimited.csv.field_size_limit(bounds.MAX_CELL_CHARACTERS)

    assert list(problems) == [3]
    assert "more than" in problems[3]


def test_an_endless_line_is_refused_without_being_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "MAX_LINE_BYTES", 2_000_000)

    with pytest.raises(BadInput, match="a line of more than 16 MB"):
        read(tmp_path, "a.csv", b"id,note\n" + b"x" * 5_000_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_nul_character_is_a_problem_of_its_row(tmp_path, encoding):
    source = read(tmp_path, "a.csv", "id,note\n1,a\n2,b\0c\n", encoding)

    assert list(problems_of(source)) == [3]


def test_an_empty_file_and_an_unknown_encoding_are_refused(tmp_path):
    with pytest.raises(BadInput, match="is empty"):
        read(tmp_path, "a.csv", "\n\n")
    with pytest.raises(BadInput, match="is empty"):
        read(tmp_path, "a.csv", "")
    for encoding in ("utf-99", "base64", "idna"):
        with pytest.raises(BadInput, match="no encoding"):
            read(tmp_path, "a.csv", "a\n1\n", reading=Reading(encoding=encoding))


def test_a_way_to_write_numbers_or_dates_that_does_not_exist_is_refused():
    with pytest.raises(BadInput, match="decimal mark"):
        Reading(decimal="x")
    with pytest.raises(BadInput, match="order of dates"):
        Reading(date_order="DMY")


def test_old_line_ends_end_rows(tmp_path):
    assert rows_of(read(tmp_path, "a.csv", b"a,b\r1,2\r3,4\r")) == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]


def test_a_source_reads_as_often_as_asked(tmp_path):
    source = read(tmp_path, "a.csv", "a\n1\n2\n")

    assert [rows_of(source), rows_of(source)] == [[{"a": "1"}, {"a": "2"}]] * 2
    assert delimited.DelimitedText.recognises(written(tmp_path, "b.tsv", "a\tb\n"))
