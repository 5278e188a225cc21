"""A dataset to export, and where the files of exports and snapshots go."""

import pytest

from tests.exports.shapes import add_sample, make_shape


@pytest.fixture(autouse=True)
def exports_root(settings, tmp_path):
    settings.EXPORTS_ROOT = tmp_path / "exports"
    settings.SNAPSHOTS_ROOT = tmp_path / "snapshots"
    return settings.EXPORTS_ROOT


@pytest.fixture
def dataset():
    """Four samples, the last one a test sample, two with boxes; the answer is JSON."""
    dataset = make_shape(answer_format="json")
    for number in range(4):
        add_sample(dataset, name=str(number), test=number == 3, boxes=number % 2)
    return dataset
