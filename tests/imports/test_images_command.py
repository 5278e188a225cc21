"""The command that imports a folder of pictures."""

import pytest
from django.core.management import CommandError, call_command

from annotator.accounts.models import AuditEvent
from annotator.datasets.models import Dataset
from tests.factories import make_dataset
from tests.imports.importing import mixed_folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    for path, data in mixed_folder(good=20, folders=10).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def test_the_command_imports_a_folder_and_reports(dataset, folder, capsys):
    call_command("import_images", folder, dataset=dataset.name, group="folder", test_percent=50)

    out = capsys.readouterr().out
    assert "2 samples from 20 pictures, 0 already here, 5 refused" in out
    assert "Refused      photos/notes.txt: This is not an image" in out
    assert (folder / "0" / "1.png").exists()
    assert AuditEvent.objects.get().action == "import.start"


def test_the_command_says_when_nothing_was_added(dataset, folder):
    call_command("import_images", folder, dataset=dataset.name)

    with pytest.raises(CommandError, match=r"Nothing was added: 0 samples .* 20 already"):
        call_command("import_images", folder, dataset=dataset.name)


def test_the_command_makes_the_dataset_only_when_told_to(admin, folder):
    with pytest.raises(CommandError, match="--create"):
        call_command("import_images", folder, dataset="New")

    call_command("import_images", folder, dataset="New", create=True)

    assert Dataset.objects.get(name="New").samples.count() == 20


def test_the_command_asks_for_the_workspace_when_there_are_two(dataset, folder):
    make_dataset(name=dataset.name)

    with pytest.raises(CommandError, match="--workspace"):
        call_command("import_images", folder, dataset=dataset.name)

    call_command("import_images", folder, dataset=dataset.name, workspace=dataset.workspace.name)
    assert dataset.samples.count() == 20


def test_the_command_wants_a_folder(dataset, tmp_path):
    with pytest.raises(CommandError, match="not a folder"):
        call_command("import_images", tmp_path / "nowhere", dataset=dataset.name)
