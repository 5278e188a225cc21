"""What an export writes, the readers of answers read: the same values, names, pictures and splits."""

import pytest

from annotator.datasets.training_rows import training_rows
from annotator.exports.formats import FORMATS
from annotator.imports.formats import open_source
from annotator.imports.formats.records import Role
from tests.exports.shapes import VALUES, add_sample, exported, make_shape

pytestmark = pytest.mark.django_db

OTHER = {
    **VALUES,
    "grade": 3,
    "count": None,
    "kind": "=1+1",
    "note": "-5, as said",
    "sharp": True,
    "flaws": [],
}


@pytest.fixture
def dataset():
    return make_shape()


def source_of(name, dataset, folder):
    with exported(name, dataset) as archive:
        archive.extractall(folder)
    return open_source(folder)


def column_of(source, role):
    return next((column.name for column in source.columns() if column.role == role), None)


def values_of(source, record, dataset):
    """The record's values as the dataset's variables have them."""
    specs = {each.name: each.spec for each in dataset.variables.all()}
    values = {}
    for column in source.columns():
        name = column.variable or column.name
        if column.role in (None, Role.VARIABLE) and name in specs and column.name in record.cells:
            value, rules = record.cells[column.name], specs[name].type_rules
            is_written = isinstance(value, str) and rules.name != "string"
            values[name] = specs[name].check(rules.from_text(value) if is_written else value)
    return values


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_exported_is_read_again(dataset, name, tmp_path):
    samples = [
        add_sample(dataset, name="First one", pictures=2),
        add_sample(dataset, values={k: v for k, v in OTHER.items() if v is not None}, test=True),
    ]
    texts = {str(row.sample.pk): row.rendered.answer for row in training_rows(dataset)}

    source = source_of(name, dataset, tmp_path)

    records = {each.cells[column_of(source, Role.EXTERNAL_ID)]: each for each in source.records()}
    assert not [each.problem for each in records.values() if each.problem]
    assert records.keys() == {str(sample.pk) for sample in samples}
    for sample, given in zip(samples, (VALUES, OTHER), strict=True):
        record = records[str(sample.pk)]
        if source.answers_as_text:
            assert record.cells["answer"] == texts[str(sample.pk)]
        else:
            read = values_of(source, record, dataset)
            expected = {key: value for key, value in given.items() if value is not None}
            assert read.keys() == expected.keys()
            specs = {each.name: each.spec for each in dataset.variables.all()}
            assert all(
                specs[key].holds(read[key], specs[key].check(expected[key])) for key in expected
            )
        assert record.cells.get(column_of(source, Role.SPLIT)) == (
            "test" if sample.test else "train"
        )


@pytest.mark.parametrize("name", FORMATS)
def test_pictures_and_names_are_those_of_the_sample(dataset, name, tmp_path):
    sample = add_sample(dataset, name="First one", pictures=3)

    source = source_of(name, dataset, tmp_path)

    (record,) = source.records()
    assert record.cells[column_of(source, Role.NAME)] == sample.name
    references = record.cells[column_of(source, Role.IMAGES)]
    assert len(references) == 3
    assert all(each.data or (source.root / each.path).is_file() for each in references)


@pytest.mark.parametrize("name", ["coco", "label-studio"])
def test_boxes_are_those_of_the_picture(dataset, name, tmp_path):
    add_sample(dataset, boxes=2)

    source = source_of(name, dataset, tmp_path)

    (record,) = source.records()
    boxes = record.cells[column_of(source, Role.OBJECTS)]
    assert [(each.label, each.xmin, each.ymin, each.xmax, each.ymax) for each in boxes] == [
        ("label 0", 1, 2, 5, 8),
        ("label 1", 1, 2, 6, 8),
    ]


@pytest.mark.parametrize("name", ["values", "csv", "xlsx", "hugging-face", "webdataset"])
def test_the_metadata_of_a_sample_comes_back_whole(dataset, name, tmp_path):
    add_sample(dataset)

    (record,) = source_of(name, dataset, tmp_path).records()

    assert record.cells["metadata"] == {"kind_of_card": "card"}


@pytest.mark.parametrize("name", FORMATS)
def test_who_set_the_values_becomes_neither_a_variable_nor_metadata(dataset, name, tmp_path):
    add_sample(dataset)

    source = source_of(name, dataset, tmp_path)

    roles = {column.name: column.role for column in source.columns()}
    assert {roles.get(key, Role.IGNORED) for key in ("labeled_by", "labeled_at", "schema")} == {
        Role.IGNORED
    }


@pytest.mark.parametrize("name", FORMATS)
def test_texts_that_look_like_numbers_and_names_that_look_like_times_stay_as_they_are(
    dataset, name, tmp_path
):
    sample = add_sample(dataset, name="2026-11-26", values={**VALUES, "note": "00123"})
    (row,) = training_rows(dataset)

    source = source_of(name, dataset, tmp_path)

    (record,) = source.records()
    assert record.cells[column_of(source, Role.NAME)] == sample.name
    if source.answers_as_text:
        assert record.cells["answer"] == row.rendered.answer
    else:
        assert values_of(source, record, dataset)["note"] == "00123"
