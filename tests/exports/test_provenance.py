"""Each exported line says which files its images come from."""

import hashlib
import io
import json
import zipfile

import jsonschema
import pytest

from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.exports.formats.trl import TrlExport
from annotator.images.actions import fill_image, store_image
from annotator.images.loading import Upload, store_images
from annotator.images.models import Image
from tests.factories import make_dataset, make_member, make_variable
from tests.pictures import turned_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_member("admin").workspace)


def exported(dataset, image, **fields):
    """(the line of a sample of this image, the archive)."""
    grade = dataset.variables.first() or make_variable(dataset=dataset, name="grade")
    sample = create_sample(dataset, by=None, images=[image], **fields)
    set_values(sample, {grade: 5}, origin=Origin.IMPORTED, by=None)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(TrlExport(dataset).stream())))
    return json.loads(archive.read("train.jsonl").splitlines()[-1]), archive


def test_a_line_has_the_name_path_and_hash_of_what_was_sent(dataset):
    sent = turned_photo(seed=1)
    image, _ = store_image(dataset.workspace, sent, name="trip/day 1/holiday-0815.jpg")

    line, archive = exported(dataset, image, name="holiday")

    assert line["name"] == "holiday"
    assert line["files"] == [
        {
            "name": "holiday-0815.jpg",
            "path": "trip/day 1/holiday-0815.jpg",
            "sha256": hashlib.sha256(sent).hexdigest(),
        }
    ]
    assert image.sha256 != image.source_sha256  # it was written anew
    jsonschema.validate(line, json.loads(archive.read("lines.schema.json")))
    assert "`files`" in archive.read("README.md").decode()


def test_many_sent_at_once_and_mirrored_ones_are_known_too(dataset):
    sent = turned_photo(seed=2)
    member = dataset.workspace.memberships.get()
    upload = Upload(read=lambda: sent, name="a/b.jpg")
    (stored,) = store_images(dataset.workspace, [upload], by=member.user)
    mirrored = Image.objects.create(workspace=dataset.workspace, remote_key="1", state="pending")
    fill_image(mirrored, sent)

    line, _ = exported(dataset, stored.image)
    copy, _ = exported(dataset, mirrored)

    digest = hashlib.sha256(sent).hexdigest()
    assert line["files"] == [{"name": "b.jpg", "path": "a/b.jpg", "sha256": digest}]
    assert copy["files"] == [{"name": "", "path": "", "sha256": digest}]


def test_an_image_from_before_says_what_is_known(dataset):
    image, _ = store_image(dataset.workspace, turned_photo(seed=3), name="x/old.jpg")
    Image.objects.update(path="", source_sha256="")
    image.refresh_from_db()

    line, archive = exported(dataset, image)

    assert line["files"] == [{"name": "old.jpg", "path": "old.jpg", "sha256": ""}]
    assert line["name"] == ""
    jsonschema.validate(line, json.loads(archive.read("lines.schema.json")))
