"""JSON in every shape, its lines, and what a hostile file may try."""

import json
import tracemalloc

import pytest

from annotator.errors import BadInput
from annotator.imports.formats import json_files, json_stream
from annotator.imports.formats.json_files import JsonLines, JsonTable
from tests.imports.formats.files import problems_of, read, rows_of

ROWS = [
    {"id": "007", "n": 1, "ok": True, "tags": ["a"]},
    {"id": "8", "n": 1.5, "more": {"x": None}},
]


@pytest.mark.parametrize(
    "document",
    [
        ROWS,
        {"data": ROWS},
        {"version": 1, "info": {"a": [1]}, "rows": ROWS, "names": ["x"]},
    ],
)
def test_rows_are_found_in_an_array_or_the_member_that_holds_it(tmp_path, document):
    source = read(tmp_path, "a.json", json.dumps(document, indent=1))

    assert isinstance(source, JsonTable)
    assert rows_of(source) == ROWS
    assert [column.name for column in source.columns()] == ["id", "n", "ok", "tags", "more"]


def test_an_object_of_arrays_is_a_table_by_columns(tmp_path):
    source = read(tmp_path, "a.json", json.dumps({"id": ["a", "b"], "n": [1, None]}))

    assert rows_of(source) == [{"id": "a", "n": 1}, {"id": "b"}]


def test_arrays_of_different_lengths_are_a_problem(tmp_path):
    source = read(tmp_path, "a.json", json.dumps({"id": ["a", "b"], "n": [1]}))

    assert "fewer entries" in problems_of(source)[2]


@pytest.mark.parametrize(
    ("name", "is_lines"), [("a.jsonl", True), ("a.json", True), ("a.jsonl", False)]
)
def test_lines_and_documents_are_told_by_what_they_hold_not_by_name(tmp_path, name, is_lines):
    text = "".join(json.dumps(row) + "\n" for row in ROWS) if is_lines else json.dumps(ROWS)

    source = read(tmp_path, name, text)

    assert isinstance(source, JsonLines if is_lines else JsonTable)
    assert rows_of(source) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_marks_at_the_beginning_are_no_part_of_the_first_key(tmp_path, name, encoding):
    row = {"id": "ä"}
    text = json.dumps([row] if name == "a.json" else row, ensure_ascii=False)

    assert rows_of(read(tmp_path, name, text, encoding)) == [row]


def test_line_separators_of_unicode_end_no_line(tmp_path):
    text = json.dumps({"a": "x\u2028y\x85z"}, ensure_ascii=False)

    assert rows_of(read(tmp_path, "a.jsonl", text + "\n")) == [{"a": "x\u2028y\x85z"}]


def test_a_broken_line_is_a_problem_and_the_others_go_on(tmp_path):
    lines = ['{"a": 1}', '{"a": ', "", "[1]", '{"a": 2}', "x", '{"a": ' + "9" * 5_000 + "}"]

    source = read(tmp_path, "a.jsonl", "\n".join(lines))

    assert list(problems_of(source)) == [2, 4, 6, 7]
    assert [each.cells for each in source.records() if not each.problem] == [{"a": 1}, {"a": 2}]


def test_a_broken_document_says_after_which_entry(tmp_path):
    source = read(tmp_path, "a.json", '[{"a": 1}, {"a": 2}, {"a" 3}]')

    assert rows_of(source)[:2] == [{"a": 1}, {"a": 2}]
    assert list(problems_of(source)) == [3]


@pytest.mark.parametrize("text", ['{"a": "x\\u0000"}', '{"a": ["\\ud800"]}', '{"\\u0000": 1}'])
def test_texts_that_no_database_keeps_are_problems(tmp_path, text):
    assert list(problems_of(read(tmp_path, "a.jsonl", f'{{"b": 1}}\n{text}\n'))) == [2]
    assert list(problems_of(read(tmp_path, "a.json", f'[{{"b": 1}}, {text}]'))) == [2]


def test_nan_stays_a_text_that_a_number_refuses(tmp_path):
    assert rows_of(read(tmp_path, "a.jsonl", '{"a": NaN, "b": 1}\n')) == [{"a": "NaN", "b": 1}]


@pytest.mark.parametrize("levels", [101, 600, 200_000])
def test_deep_nesting_is_a_problem(tmp_path, levels):
    deep = '{"a": ' + "[" * levels + "]" * levels + "}"

    assert "deep" in problems_of(read(tmp_path, "a.jsonl", '{"a": 1}\n' + deep))[2]
    assert "deep" in problems_of(read(tmp_path, "a.json", '[{"a": 1}, ' + deep + "]"))[2]


def test_what_is_passed_over_cannot_be_nested_without_end(tmp_path):
    deep = '{"a": ' * 100_000 + "1" + "}" * 100_000

    with pytest.raises(BadInput, match="no answers"):
        read(tmp_path, "a.json", f'{{"other": {deep}, "data": [{{"a": 1}}]}}')


def test_many_brackets_side_by_side_are_not_deep(tmp_path):
    rows = [{"a": [[number] for number in range(500)], "b": "[" * 500}] * 2

    assert rows_of(read(tmp_path, "a.json", json.dumps(rows))) == rows
    assert rows_of(read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))) == rows


def test_an_endless_line_is_passed_over_and_an_endless_entry_ends_the_reading(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(json_files, "MAX_VALUE_BYTES", 2_000_000)
    monkeypatch.setattr(json_stream, "MAX_VALUE_BYTES", 2_000_000)
    long = json.dumps({"a": "x" * 5_000_000})

    lines = read(tmp_path, "a.jsonl", f'{{"a": 1}}\n{long}\n{{"a": 2}}\n')
    table = read(tmp_path, "a.json", f'[{{"a": 1}}, {long}, {{"a": 2}}]')

    assert [(each.number, bool(each.problem)) for each in lines.records()] == [
        (1, False),
        (2, True),
        (3, False),
    ]
    assert list(problems_of(table)) == [2]


@pytest.mark.parametrize("text", ["", "{", "[", "[1, 2]", '{"a": {"b": 1}}', "null", "\0\0"])
def test_what_holds_no_table_is_refused(tmp_path, text):
    with pytest.raises(BadInput):
        rows_of(read(tmp_path, "a.json", text))


def test_values_that_a_window_cuts_are_whole(tmp_path, monkeypatch):
    rows = [{"n": number, "text": "ä" * (number % 40), "f": number / 7} for number in range(300)]
    for block in (1, 7, 64):
        monkeypatch.setattr(json_stream, "BLOCK_BYTES", block)

        assert (
            rows_of(read(tmp_path, "a.json", json.dumps({"data": rows}, ensure_ascii=False)))
            == rows
        )


def test_memory_does_not_grow_with_the_rows(tmp_path):
    rows = [{"n": number, "text": "x" * 500} for number in range(40_000)]
    source = read(tmp_path, "a.json", json.dumps(rows))

    tracemalloc.start()
    for _ in source.records():
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 10_000_000  # of a file of 21 MB
