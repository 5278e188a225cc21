"""Which format a file, a folder or an unpacked zip is."""

import json

import pytest

from annotator.errors import BadInput
from annotator.imports.formats import SOURCES, open_source
from annotator.imports.formats.pictures import references_of
from annotator.imports.formats.records import ImageReference
from tests.imports.formats.files import rows_of, written

COCO = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}
TASKS = [{"data": {"image": "a.jpg"}, "annotations": []}]


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("metadata.csv", "file_name,text\na.jpg,red\n", "imagefolder"),
        ("metadata.jsonl", '{"file_name": "a.jpg", "text": "red"}\n', "imagefolder"),
        ("answers.csv", "image,text\na.jpg,red\n", "csv"),
        ("instances.json", json.dumps(COCO), "coco"),
        ("project-1.json", json.dumps(TASKS), "label-studio"),
    ],
)
@pytest.mark.parametrize("top", ["", "export-2024/", "export-2024/cards/"])
def test_answers_beside_pictures_are_found_also_below_the_folders_of_a_zip(
    tmp_path, name, content, format, top
):
    for place in ("a.jpg", "__MACOSX/._a.csv", ".cache/x.csv", "README.md"):
        written(tmp_path, top + place, b"x")
    written(tmp_path, top + name, content)

    source = open_source(tmp_path)

    assert source.name == format
    (row,) = rows_of(source)
    picture = row.get("image")
    names = [picture] if isinstance(picture, str) else [each.path for each in picture]
    assert all((source.root / each).is_file() for each in names)


def test_notes_and_settings_beside_are_no_answers(tmp_path):
    written(tmp_path, "answers.csv", "image,text\na.jpg,red\n")
    written(
        tmp_path, "readme.txt", "These are cards, photographed in May.\nAsk Anna, Bert, or me.\n"
    )
    written(tmp_path, "classes.txt", "cat\ndog\n")
    written(tmp_path, "labels/a.txt", "0 0.5 0.5 0.1 0.1\n")
    written(tmp_path, "settings.json", json.dumps({"name": "cards", "tags": ["a", "b"]}))

    assert open_source(tmp_path).path.name == "answers.csv"


def test_many_pictures_do_not_hide_the_file_with_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("annotator.imports.formats.MAX_FILES", 3)
    for number in range(20):
        written(tmp_path, f"{number}.jpg", b"x")
    written(tmp_path, "answers.csv", "image,text\n0.jpg,red\n")

    assert open_source(tmp_path).path.name == "answers.csv"


def test_a_table_may_end_in_txt(tmp_path):
    path = written(tmp_path, "answers.txt", "image\ttext\na.jpg\tred\nb.jpg\tblue\n")

    assert rows_of(open_source(path))[1] == {"image": "b.jpg", "text": "blue"}


def test_several_files_with_answers_are_named(tmp_path):
    written(tmp_path, "a.csv", "a\n1\n")
    written(tmp_path, "b.jsonl", '{"a": 1}\n')

    with pytest.raises(BadInput, match=r"several with answers: a\.csv, b\.jsonl"):
        open_source(tmp_path)


def test_a_format_can_be_named(tmp_path):
    path = written(tmp_path, "metadata.csv", "file_name,text\na.jpg,red\n")

    assert open_source(path, format="csv").name == "csv"
    assert open_source(tmp_path, format="csv").path == path
    with pytest.raises(BadInput, match="no format"):
        open_source(path, format="excel")
    with pytest.raises(BadInput, match="no answers"):
        open_source(tmp_path, format="coco")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<p>hello</p>", b"hello"])
@pytest.mark.parametrize("name", ["a.bin", "a.jpg", "a"])
def test_what_holds_no_answers_is_refused_with_what_does(tmp_path, name, content):
    with pytest.raises(BadInput, match="Give one of: Argilla"):
        open_source(written(tmp_path, name, content))


@pytest.mark.parametrize("name", ["a.bin", "a.jpg", "a"])
def test_a_picture_is_refused_with_where_pictures_go(tmp_path, name):
    with pytest.raises(BadInput, match="under Import pictures"):
        open_source(written(tmp_path, name, b"\xff\xd8\xff\xe0"))


@pytest.mark.parametrize(
    "ending", ["csv", "xlsx", "json", "jsonl", "parquet", "xml", "tar", "arrow"]
)
@pytest.mark.parametrize(
    "content", [b"\0" * 5_000, b"\xff\xfe\x00", b"[" * 5_000, b"{" * 5_000, b"<a" * 5_000]
)
def test_garbage_is_refused_or_a_problem_and_never_an_error_of_a_library(tmp_path, ending, content):
    path = written(tmp_path, f"train.{ending}", content)
    for format in ("", *SOURCES):
        try:
            source = open_source(path, format=format)
            source.columns()
            records = list(source.records())
            source.notes()
        except BadInput:
            continue
        assert all(record.problem or record.cells is not None for record in records)


def test_names_and_labels_are_different_and_fit_addresses():
    assert len({each.label for each in SOURCES.values()}) == len(SOURCES)
    assert all(name.replace("-", "").isalnum() and name == name.lower() for name in SOURCES)


@pytest.mark.parametrize(
    ("cell", "paths"),
    [
        ("a.jpg", ["a.jpg"]),
        ("a.jpg; b.jpg|c.png", ["a.jpg", "b.jpg", "c.png"]),
        ("a;b.jpg", ["a;b.jpg"]),
        (r"shelf\a.jpg", ["shelf/a.jpg"]),
        ("./a.jpg", ["a.jpg"]),
        (["a.jpg", {"path": "b.jpg"}], ["a.jpg", "b.jpg"]),
        ("https://example.org/a.jpg", ["https://example.org/a.jpg"]),
        ("", []),
    ],
)
def test_a_cell_names_its_pictures(cell, paths):
    assert [each.path for each in references_of(cell)] == paths


ELSEWHERE = [
    "/etc/passwd",
    "../a.jpg",
    "a/../../b.jpg",
    r"C:\a.jpg",
    r"\\host\a.jpg",
    "file:///a",
    "ftp://x/a",
]


@pytest.mark.parametrize("cell", [*ELSEWHERE, 7])
def test_a_cell_cannot_lead_elsewhere(cell):
    with pytest.raises(BadInput):
        references_of(cell)


def test_a_picture_inside_of_a_cell_is_bytes():
    assert references_of("data:image/png;base64,Ynl0ZXM=") == [ImageReference(data=b"bytes")]
    with pytest.raises(BadInput, match="damaged"):
        references_of("data:image/png;base64,x")
