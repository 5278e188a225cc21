"""`manage.py export` writes what the page sends."""

import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.exports.formats import FORMATS
from tests.exports.shapes import add_sample, make_shape
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    dataset = make_shape()
    add_sample(dataset)
    return dataset


def export(dataset, output, **options):
    call_command("export", dataset=dataset.name, output=output, **options)


@pytest.mark.parametrize("name", ["trl", "csv"])
def test_the_file_is_that_of_the_page(dataset, tmp_path, name, capsys):
    export(dataset, tmp_path / "a.zip", format=name)

    assert (tmp_path / "a.zip").read_bytes() == b"".join(FORMATS[name](dataset).stream())
    assert zipfile.ZipFile(tmp_path / "a.zip").testzip() is None
    assert "1 training and 0 test samples" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*"))  # no part of it is left


def test_a_pipe_gets_the_zip_and_nothing_else(dataset, capfdbinary):
    export(dataset, Path("-"))

    written, said = capfdbinary.readouterr()
    assert written == b"".join(FORMATS["trl"](dataset).stream())
    assert b"1 training and 0 test samples" in said


def test_what_is_left_out_is_said(dataset, tmp_path, capsys):
    add_sample(dataset, name="bad").values.filter(variable__name="grade").update(
        invalid_since=dataset.created_at, invalid_reason="too large"
    )

    export(dataset, tmp_path / "a.zip")

    assert "left out  bad: grade: too large" in capsys.readouterr().err


def test_refusals_say_what_to_do(dataset, tmp_path):
    (tmp_path / "there.zip").touch()
    other = make_dataset(workspace=dataset.workspace, name=dataset.name)

    with pytest.raises(CommandError, match="name a new file"):
        export(dataset, tmp_path / "there.zip")
    with pytest.raises(CommandError, match="2 datasets are named"):
        export(dataset, tmp_path / "a.zip")
    other.name = "Other"
    other.save()
    with pytest.raises(CommandError, match="Nothing to train on"):
        export(other, tmp_path / "a.zip")
    make_dataset()
    with pytest.raises(CommandError, match="Name one workspace"):
        export(dataset, tmp_path / "b.zip")
    export(dataset, tmp_path / "b.zip", workspace=dataset.workspace.name)
