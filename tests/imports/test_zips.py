"""Zips of pictures: what is taken, what is left out, and those that would take too much."""

import tracemalloc
import zipfile

import pytest

from annotator.datasets.models import Sample
from annotator.errors import BadInput
from annotator.imports import zips
from annotator.imports.models import ImportedFile
from tests.imports.formats.files import zip_of_empty_files
from tests.imports.importing import import_all, states_of, zipped
from tests.pictures import picture

pytestmark = pytest.mark.django_db

FileState = ImportedFile.State


def test_a_zip_gives_its_pictures_and_says_what_it_left_out(dataset):
    files = {
        "1/front.png": picture(seed=1),
        "1/rear.png": picture(seed=2),
        "2/front.png": picture(seed=3),
        "2/notes.txt": b"no picture",
        "__MACOSX/1/._front.png": b"clutter",
        "1/.DS_Store": b"clutter",
    }

    done = import_all(dataset, {"cards.zip": zipped(files)}, grouping="folder")

    assert states_of(done) == {
        "cards.zip/1/front.png": FileState.STORED,
        "cards.zip/1/rear.png": FileState.STORED,
        "cards.zip/2/front.png": FileState.STORED,
        "cards.zip/2/notes.txt": FileState.REFUSED,
    }
    assert list(Sample.objects.values_list("name", flat=True)) == ["1", "2"]


def test_entries_that_lead_astray_are_refused_and_the_rest_goes_in(dataset, data_folder):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    files = {
        "../../evil.png": picture(seed=1),
        "/etc/evil.png": picture(seed=2),
        "C:\\evil.png": picture(seed=3),
        link: b"/etc/passwd",
        "good.png": picture(seed=4),
    }

    done = import_all(dataset, {"a.zip": zipped(files)})

    assert Sample.objects.get().name == "good"
    assert sorted(states_of(done).values()) == [FileState.REFUSED] * 4 + [FileState.STORED]
    assert not list(data_folder.parent.rglob("*evil*"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no zip at all", "not a zip"),
        (b"", "not a zip"),
        (zipped({"a.png": b"x"})[:-30], "not a zip"),
        (zipped({f"{n}.png": b"" for n in range(10_001)}), "more than 10,000"),
    ],
)
def test_a_zip_that_is_none_or_too_full_is_refused_as_a_whole(dataset, data, reason):
    done = import_all(dataset, {"a.zip": data})

    assert reason in done.files.get().reason
    assert not Sample.objects.exists()


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(dataset, monkeypatch):
    monkeypatch.setattr(zips, "MAX_ZIP_BYTES", 1_000_000)
    bomb = zipped({"a.png": bytes(2_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 10_000

    done = import_all(dataset, {"a.zip": bomb})

    assert "unpacks to more than" in done.files.get().reason


@pytest.mark.parametrize("zip64", [True, False])
@pytest.mark.parametrize("count", [20_000, 1_000_000])
def test_a_table_of_contents_is_not_read_when_it_is_larger_than_its_end_claims(
    tmp_path, count, zip64
):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of_empty_files(count, claimed=5, zip64=zip64))
    tracemalloc.start()

    with pytest.raises(BadInput, match="more than 10,000 files"):
        zips.entries_of(path)

    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


def test_a_zip64_record_within_the_limit_is_followed(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of_empty_files(3, claimed=0xFFFF))

    assert [entry.path for entry in zips.entries_of(path)] == ["a"] * 3


def test_a_damaged_entry_is_refused_alone(dataset):
    data = bytearray(zipped({"a.png": picture(seed=1), "b.png": picture(seed=2)}))
    data[60] ^= 0xFF

    done = import_all(dataset, {"a.zip": bytes(data)})

    assert sorted(states_of(done).values()) == [FileState.REFUSED, FileState.STORED]
