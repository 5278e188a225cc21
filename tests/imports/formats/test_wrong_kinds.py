"""Files that are no tables though they are called so: what they are is said, and what to do."""

import bz2
import gzip

import pytest

from annotator.errors import BadInput
from tests.imports.formats.files import read, rows_of


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("labels.csv", b"\n<!DOCTYPE html>\n<html><body>Sign in, please</body></html>", "web page"),
        ("labels.csv", b"\xef\xbb\xbf<HTML><body>Sign in</body></HTML>", "web page"),
        ("labels.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "password"),
        ("labels.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old Excel"),
        ("labels.ods", b"PK\x03\x04" + bytes(500), "Save it as .xlsx or .csv"),
        ("labels.csv.gz", gzip.compress(b"name\na\n"), "unpack it"),
        ("labels.csv", gzip.compress(b"name\na\n"), "unpack it"),
        ("labels.csv", bz2.compress(b"name\na\n"), "unpack it"),
        ("labels.csv", b"%PDF-1.7\n", "PDF"),
        ("labels.csv", b"SQLite format 3\0" + bytes(500), "database"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path, name, content, told):
    with pytest.raises(BadInput, match=told) as refusal:
        read(tmp_path, name, content)

    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize("name", ["bzh", "rar!", "%pdf"])
def test_a_column_of_such_a_name_makes_a_table(tmp_path, name):
    assert rows_of(read(tmp_path, "labels.csv", f"{name},fr\na,b\n")) == [{name: "a", "fr": "b"}]
