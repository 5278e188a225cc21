"""What a mirrored row remembers of its home."""

import pytest
from django.db import IntegrityError

from annotator.connections.models import Remote
from annotator.images.models import DetectionLabel
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    return Remote.objects.create(
        workspace=make_workspace(), name="Away", base_url="http://localhost", encrypted_token=b""
    )


def copy_of(remote, remote_key):
    return DetectionLabel.objects.create(
        workspace=remote.workspace, name="car", remote=remote, remote_key=remote_key
    )


def test_many_rows_of_one_remote_keep_their_ids_there(remote):
    for remote_key in ("one", "two"):
        copy_of(remote, remote_key)

    assert set(DetectionLabel.objects.values_list("remote_key", flat=True)) == {"one", "two"}
    assert DetectionLabel.objects.filter(remote=remote).count() == 2


def test_a_row_of_a_remote_has_one_copy(remote):
    copy_of(remote, "one")

    with pytest.raises(IntegrityError):
        copy_of(remote, "one")
