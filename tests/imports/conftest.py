"""What the tests of this room share."""

import pytest

from annotator.accounts.models import Role
from tests.factories import make_dataset, make_member


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR


@pytest.fixture(autouse=True)
def several_at_a_time(settings):
    """As on a machine with four cores."""
    settings.IMPORT_THREADS = 3


@pytest.fixture
def admin():
    return make_member(Role.ADMIN)


@pytest.fixture
def dataset(admin):
    return make_dataset(workspace=admin.workspace)
