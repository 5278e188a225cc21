"""A name is found in any spelling: NFC or NFD, upper or lower case, on every database alike."""

import unicodedata
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, update_sample
from annotator.datasets.models import Dataset, Prompt, Sample, Variable
from annotator.datasets.queries.filters import read_filter
from annotator.images.models import DetectionLabel, Image
from annotator.names import SearchableName, folded
from annotator.training.models import Task
from tests.factories import make_dataset, make_member, make_prompt, make_workspace

pytestmark = pytest.mark.django_db

NAMES = [unicodedata.normalize("NFD", "Müller Pokémon"), "Ёлка", "STRASSE", "a\u202fb", "100%_x"]
SEARCHES = [
    ("Müller", "Müller Pokémon"),
    (unicodedata.normalize("NFD", "MÜLLER"), "Müller Pokémon"),
    ("ёлка", "Ёлка"),
    ("ЁЛКА", "Ёлка"),
    ("straße", "STRASSE"),
    ("a b", "a\u202fb"),
    ("0%_", "100%_x"),
]


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_member(Role.ADMIN).workspace)
    for name in NAMES:
        create_sample(dataset, by=None, name=name)
    return dataset


def gallery_search(dataset, text):
    samples = read_filter({"q": text}, []).apply(Sample.objects.in_dataset(dataset))
    return [sample.name for sample in samples]


@pytest.mark.parametrize(("text", "name"), SEARCHES)
def test_the_gallery_finds_a_name_in_any_spelling(dataset, text, name):
    assert gallery_search(dataset, text) == [name]


@pytest.mark.parametrize("text", ["еёлка", "%x", "muller"])
def test_the_gallery_finds_nothing_else(dataset, text):
    assert gallery_search(dataset, text) == []


def test_names_are_stored_in_nfc_and_the_row_in_memory_agrees(dataset):
    sample = create_sample(dataset, by=None, name=NAMES[0])

    assert sample.name == "Müller Pokémon"
    assert Sample.objects.get(pk=sample.pk).name == "Müller Pokémon"


def test_a_changed_name_is_found_and_the_old_one_is_not(dataset):
    sample = dataset.samples.get(name="Ёлка")

    update_sample(sample, by=None, name="Ärger")

    assert gallery_search(dataset, "ärger") == ["Ärger"]
    assert gallery_search(dataset, "ёлка") == []


@pytest.mark.parametrize(("text", "name"), SEARCHES)
def test_the_api_finds_names_of_samples_and_prompts(client, text, name):
    member = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=member.workspace)
    for each in NAMES:
        create_sample(dataset, by=None, name=each)
        make_prompt(workspace=member.workspace, name=each)
    client.force_login(member.user)

    page = client.get(reverse("datasets:prompts"), {"q": text}).text
    from annotator.api.filters import search_filter

    assert [row.name for row in Sample.objects.filter(search_filter().condition(text))] == [name]
    assert [row.name for row in Prompt.objects.filter(search_filter().condition(text))] == [name]
    assert page.count("STRASSE") == (1 if name == "STRASSE" else 0)


def test_every_table_that_is_searched_by_name_has_the_folded_column():
    searched = {Image, DetectionLabel, Dataset, Prompt, Sample, Variable, Task}

    assert {model for model in apps.get_models() if issubclass(model, SearchableName)} == searched


@pytest.mark.parametrize(("app", "label"), [("datasets", "Sample"), ("datasets", "Prompt")])
def test_the_migration_fills_all_rows_in_batches(monkeypatch, app, label):
    names = import_module("annotator.names")
    monkeypatch.setattr(names, "BATCH", 2)
    workspace = make_workspace()
    dataset = make_dataset(workspace=workspace)
    for name in NAMES:
        create_sample(dataset, by=None, name=name)
        make_prompt(workspace=workspace, name=name)
    model = apps.get_model(app, label)
    model.objects.filter(name="Müller Pokémon").update(name=NAMES[0])
    model.objects.update(name_folded="")

    names.fold_stored_names(model)

    assert all(row.name_folded == folded(row.name) for row in model.objects.all())
    assert model.objects.filter(name="Müller Pokémon").exists()


@pytest.mark.parametrize("text", ["ﬁle", "FILE", "fi\u200dle", "ｆｉｌｅ"])
def test_folding_ignores_case_width_and_what_is_not_seen(text):
    assert folded(text) == "file"
