"""Parquet files with types, pictures and classes."""

import datetime
import json

import psutil
import pyarrow as pa
import pytest
from pyarrow import parquet

from annotator.child import calls
from annotator.errors import BadInput
from annotator.imports import arrow_files
from annotator.imports.formats import arrow, open_source
from annotator.imports.formats.records import ImageReference, Role
from tests.imports.formats.files import problems_of, rows_of, written


def table(folder, columns, features=None):
    path = folder / "a.parquet"
    data = pa.table(columns)
    if features:
        metadata = {"huggingface": json.dumps({"info": {"features": features}})}
        data = data.replace_schema_metadata(metadata)
    parquet.write_table(data, path)
    return path


def test_cells_have_the_types_of_the_file(tmp_path):
    columns = {
        "id": ["007"],
        "n": [2**62],
        "f": [1.5],
        "ok": [False],
        "tags": [["a", "b"]],
        "box": [{"x": 1}],
        "at": [datetime.datetime.fromisoformat("2024-04-03T09:30")],
        "day": [datetime.date(2024, 4, 3)],
        "none": pa.array([None], pa.int64()),
        "nan": [float("nan")],
    }

    assert rows_of(open_source(table(tmp_path, columns))) == [
        {
            "id": "007",
            "n": 2**62,
            "f": 1.5,
            "ok": False,
            "tags": ["a", "b"],
            "box": {"x": 1},
            "at": "2024-04-03T09:30:00",
            "day": "2024-04-03",
        }
    ]


def test_what_python_cannot_hold_is_a_text_and_the_other_rows_go_on(tmp_path):
    nanoseconds = 1_712_136_600_000_000_001
    columns = {
        "at": pa.array([0, nanoseconds], pa.timestamp("ns")),
        "far": pa.array([0, 2**60], pa.timestamp("us")),
        "time": pa.array([0, 1], pa.time64("ns")),
        "took": pa.array([5, 2**62], pa.duration("s")),
        "parts": pa.array(
            [[], [{"at": nanoseconds, "n": 1}]],
            pa.list_(pa.struct([("at", pa.timestamp("ns")), ("n", pa.int64())])),
        ),
    }

    first, second = rows_of(open_source(table(tmp_path, columns)))

    assert (first["at"], first["far"], first["took"]) == ("1970-01-01", "1970-01-01", "0:00:05")
    assert second["at"] == "2024-04-03T09:30:00.000000001"
    assert second["time"] == "00:00:00.000000001"
    assert "out of range" in second["far"]
    assert second["parts"] == [{"at": "2024-04-03T09:30:00.000000001", "n": 1}]


def test_columns_of_one_name_are_refused_and_none_is_lost(tmp_path):
    data = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["grade", "grade"])
    parquet.write_table(data, tmp_path / "a.parquet")

    with pytest.raises(BadInput, match="called “grade”"):
        open_source(tmp_path / "a.parquet").columns()


@pytest.mark.parametrize("order", [["bytes", "path"], ["path", "bytes"]])
def test_pictures_inside_are_pictures(tmp_path, order):
    kind = pa.struct([(name, pa.binary() if name == "bytes" else pa.string()) for name in order])
    cells = pa.array(
        [{"bytes": b"x", "path": "a.png"}, {"bytes": None, "path": "/tmp/b.png"}, None], kind
    )

    source = open_source(
        table(tmp_path, {"image": cells, "views": [[{"bytes": b"y", "path": None}]] * 3})
    )

    assert source.columns()[0].role == Role.IMAGES
    assert [row.get("image") for row in rows_of(source)] == [
        [ImageReference(path="a.png", data=b"x")],
        [ImageReference(path="b.png")],
        None,
    ]
    assert not problems_of(source)


def test_class_numbers_become_their_names(tmp_path):
    features = {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
    source = open_source(table(tmp_path, {"label": [1, 0, -1, None, 7]}, features))

    assert source.columns()[0].config == {"type": "string", "choices": ["cat", "dog"]}
    assert rows_of(source)[:4] == [{"label": "dog"}, {"label": "cat"}, {}, {}]
    assert list(problems_of(source)) == [5]


def test_class_numbers_without_names_are_said(tmp_path):
    assert open_source(table(tmp_path, {"label": [1, 0]})).notes()


def test_other_bytes_are_left_out(tmp_path):
    source = open_source(table(tmp_path, {"raw": [b"x"], "n": [1]}))

    assert source.columns()[0].role == Role.IGNORED
    assert rows_of(source) == [{"n": 1}]


def test_a_damaged_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no readable Parquet"):
        open_source(written(tmp_path, "a.parquet", b"PAR1 and no more")).columns()


@pytest.mark.parametrize("keeps_dictionary", [True, False])
def test_a_text_that_stands_in_every_row_once_is_refused_in_the_child(tmp_path, keeps_dictionary):
    """50 kB that were 3.7 GB of the worker's memory."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["x" * 3_000_000])
    path = tmp_path / "a.parquet"
    options = {"compression": "zstd", "dictionary_pagesize_limit": 10**9}
    parquet.write_table(pa.table({"a": text}), path, store_schema=keeps_dictionary, **options)
    before = psutil.Process().memory_info().rss

    problems = problems_of(open_source(path))

    assert path.stat().st_size < 100_000
    assert "too much memory" in problems[1]
    assert psutil.Process().memory_info().rss - before < 100_000_000


def test_rows_are_fetched_in_parts_and_from_any_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow, "ROWS_AT_ONCE", 3)
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"n": list(range(20))}), path, row_group_size=7)
    records = open_source(path).records()

    begun = [next(records).cells["n"] for _ in range(8)]
    calls.end()  # whoever reads on has to find the place again

    assert [*begun, *(record.cells["n"] for record in records)] == list(range(20))


def test_rows_that_are_too_large_to_be_sent_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(arrow_files, "MAX_ROWS_BYTES", 10_000_000)
    row = {"a": ["x" * 3_000_000, b"x" * 3_000_000]}
    packer = arrow_files.Packer()
    packer.packed(row)

    with pytest.raises(BadInput, match="larger than 10 MB"):
        packer.packed(row)


def test_a_damaged_row_group_is_a_problem_each_time_that_it_is_read(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"a": [f"text {n}" for n in range(1_000)]}), path)
    data = bytearray(path.read_bytes())
    data[4:100] = b"\xff" * 96
    path.write_bytes(data)
    source = open_source(path)

    problems = [problems_of(source) for _ in range(2)]

    assert problems[0] == problems[1]
    assert list(problems[0]) == [1]


def test_a_child_that_cannot_be_started_is_no_fault_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"n": [1, 2]}), path)
    source = open_source(path)
    source.columns()

    def fail(*_, **__):
        raise BlockingIOError(11, "no process could be started")

    monkeypatch.setattr(arrow, "call", fail)
    with pytest.raises(BlockingIOError):
        list(source.records())


def test_a_file_that_is_gone_is_a_problem_without_its_place_on_the_server(tmp_path):
    rows = arrow.rows_of(tmp_path / "a.parquet", kind="Parquet", columns=["n"], count=1)

    with pytest.raises(BadInput, match=r"^a\.parquet: No such file or directory$"):
        next(rows)
