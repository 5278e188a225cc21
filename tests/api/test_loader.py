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
    found = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return found.stdout + found.stderr


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
