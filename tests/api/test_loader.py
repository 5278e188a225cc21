"""The script of the documentation fills a dataset, call by call and in bulk, against the live server."""

import subprocess
import sys
from pathlib import Path

import pytest

from annotator.accounts.models import Role
from annotator.datasets.models import Dataset
from annotator.images.models import Image
from tests.factories import make_dataset, make_member, make_token, make_variable

pytest.importorskip("ximilar.client")

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = Path(__file__).parents[2] / "docs"
COUNT = 6


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder as `make_pictures.py` fills it."""
    folder = tmp_path_factory.mktemp("pictures")
    run("make_pictures.py", folder, COUNT)
    return folder


def run(script, *words):
    command = [sys.executable, DOCS / script, *map(str, words)]
    loader = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return loader.stdout + loader.stderr


def test_a_folder_and_a_csv_become_samples_in_both_ways(live_server, pictures):
    member = make_member(Role.ADMIN)

    said = run(
        "load_samples.py",
        live_server.url,
        make_token(member),
        pictures,
        pictures / "pictures.csv",
        "Cards",
    )

    assert [line.split(" in ")[0] for line in said.splitlines()] == [
        "calls: 6 samples",
        "bulk: 6 samples",
    ]
    by_call, in_bulk = (loaded(Dataset.objects.get(name=f"Cards ({w})")) for w in ("calls", "bulk"))
    assert by_call == in_bulk
    assert [name for name, *_ in by_call] == [f"{n:04}.jpg" for n in range(COUNT)]
    assert all(state == "approved" and len(images) == 1 for _, state, images, _ in by_call)
    assert all(set(values) == {"grade", "condition"} for *_, values in by_call)
    assert Image.objects.filter(workspace=member.workspace).count() == COUNT


def test_a_dataset_is_named_by_its_id_and_a_value_it_refuses_is_told(live_server, pictures):
    member = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=member.workspace)
    make_variable(dataset=dataset, name="grade", max_value=0)
    make_variable(dataset=dataset, name="condition", type="string")

    said = run(
        "load_samples.py",
        live_server.url,
        make_token(member),
        pictures,
        pictures / "pictures.csv",
        dataset.pk,
        "bulk",
    )

    assert "6 of 6 rows are wrong" in said
    assert not dataset.samples.exists()


def loaded(dataset):
    """(name, state, images, values by variable) of each sample."""
    return [
        (
            sample.name,
            sample.state,
            [image.pk for image in sample.images.all()],
            dict(sample.values.values_list("variable__name", "value")),
        )
        for sample in dataset.samples.all()
    ]


def load(live_server, member, pictures, text, name="Cards", mode="bulk"):
    table = pictures / "mine.csv"
    table.write_bytes(text)
    return run("load_samples.py", live_server.url, make_token(member), pictures, table, name, mode)


@pytest.mark.parametrize("mode", ["calls", "bulk"])
def test_a_column_is_numeric_only_if_all_of_it_is_written_back_the_same(
    live_server, pictures, mode
):
    member = make_member(Role.ADMIN)
    text = (
        "\ufefffile,code,grade,mixed,note\r\n"
        "0000.jpg,00123,8.5,1,a\u2028b\r\n"
        "0001.jpg,00124,9,x,\r\n"
    )

    load(live_server, member, pictures, text.encode(), mode=mode)

    dataset = Dataset.objects.get(name=f"Cards ({mode})")
    assert dict(dataset.variables.values_list("name", "type")) == {
        "code": "string",
        "grade": "float",
        "mixed": "string",
        "note": "string",
    }
    assert [values for *_, values in loaded(dataset)] == [
        {"code": "00123", "grade": 8.5, "mixed": "1", "note": "a\u2028b"},
        {"code": "00124", "grade": 9.0, "mixed": "x"},
    ]


def test_texts_that_look_like_numbers_stay_texts_for_a_text_variable(live_server, pictures):
    member = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=member.workspace)
    make_variable(dataset=dataset, name="code", type="string")

    load(live_server, member, pictures, b"file,code\n0000.jpg,12\n", name=dataset.pk)

    assert loaded(dataset)[0][-1] == {"code": "12"}


@pytest.mark.parametrize("mode", ["calls", "bulk"])
def test_a_refused_load_leaves_nothing_behind(live_server, pictures, mode):
    member = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=member.workspace)
    make_variable(dataset=dataset, name="grade", max_value=5)
    rows = b"file,grade\n0000.jpg,3\n0001.jpg,9\n"

    said = load(live_server, member, pictures, rows, name=dataset.pk, mode=mode)
    unnamed = load(live_server, member, pictures, b"file,a b\n0000.jpg,1\n", mode=mode)
    missing = load(live_server, member, pictures, b"file,a\nnone.jpg,1\n", mode=mode)
    no_column = load(live_server, member, pictures, b"name,a\n0000.jpg,1\n", mode=mode)

    assert "5 or less" in said
    assert "a b" in unnamed or "name" in unnamed
    assert "there is no file none.jpg" in missing
    assert "no column named file" in no_column
    assert not dataset.samples.filter(removed_at=None).exists()
    assert list(Dataset.objects.filter(removed_at=None)) == [dataset]
    assert not Image.objects.filter(workspace=member.workspace).exists()
