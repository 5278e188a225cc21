"""The formats of conversations: each holds the texts and pictures that are trained, in its own words."""

import json
import re

import pytest

from annotator.datasets.training_rows import training_rows
from tests.exports.shapes import TEMPLATES, VALUES, add_sample, exported, make_shape, records

pytestmark = pytest.mark.django_db

CHATS = ["trl", "unsloth", "openai", "llava", "llama-factory", "ms-swift", "qwen-vl"]
PLACEHOLDER = ["llava", "llama-factory", "ms-swift", "qwen-vl"]


@pytest.fixture
def dataset():
    return make_shape()


def conversation(record):
    """(system, user, answer, number of pictures) of a record of any of CHATS."""
    turns = record.get("messages") or [
        {"role": {"human": "user", "gpt": "assistant"}[turn["from"]], "content": turn["value"]}
        for turn in record["conversations"]
    ]
    texts, pictures = {}, 0
    for turn in turns:
        content = turn["content"]
        if isinstance(content, str):
            pictures += content.count("<image>")
            texts[turn["role"]] = content.replace("<image>\n", "")
        else:
            pictures += sum(part["type"].startswith("image") for part in content)
            texts[turn["role"]] = "".join(part.get("text", "") for part in content)
    system = texts.get("system", "")
    if not system:
        system, _, texts["user"] = texts["user"].partition("\n\n")
    return system, texts["user"], texts["assistant"], pictures


@pytest.mark.parametrize("answer_format", [None, *TEMPLATES])
@pytest.mark.parametrize("name", CHATS)
def test_a_conversation_holds_the_texts_that_are_trained(name, answer_format):
    dataset = make_shape(answer_format=answer_format)
    add_sample(dataset, pictures=2)
    (row,) = training_rows(dataset)

    (record,) = records(name, exported(name, dataset))

    expected = (row.rendered.system, row.rendered.user, row.rendered.answer, 2)
    assert conversation(record) == expected
    assert row.problem == ""


@pytest.mark.parametrize("name", sorted(set(CHATS) - {"openai"}))
def test_every_record_says_where_it_comes_from(dataset, name):
    sample = add_sample(dataset, name="First one")

    (record,) = records(name, exported(name, dataset))

    assert (record["id"], record["name"]) == (str(sample.pk), "First one")
    assert record["files"][0]["path"] == "dir/0.jpg"
    assert re.fullmatch("[0-9a-f]{64}", record["files"][0]["sha256"])


@pytest.mark.parametrize("name", PLACEHOLDER)
def test_a_text_that_would_be_counted_as_a_picture_is_left_out_by_name(dataset, name):
    add_sample(dataset)
    add_sample(dataset, name="bad", values={**VALUES, "note": "an <image> here"})

    with exported(name, dataset) as archive:
        manifest = json.loads(archive.read("manifest.json"))

    (left_out,) = manifest["left_out"]
    assert left_out["name"] == "bad"
    assert "<image>" in left_out["reason"]
    assert manifest["samples"]["train"] == 1


def test_openai_takes_ten_pictures_and_no_other_keys(dataset):
    add_sample(dataset, pictures=10, name="ten")
    add_sample(dataset, pictures=11, name="eleven")

    with exported("openai", dataset) as archive:
        (line,) = archive.read("train.jsonl").splitlines()
        (origin,) = archive.read("provenance.jsonl").splitlines()
        manifest = json.loads(archive.read("manifest.json"))

    assert list(json.loads(line)) == ["messages"]
    assert json.loads(origin)["name"] == "ten"
    assert [each["name"] for each in manifest["left_out"]] == ["eleven"]


def test_llama_factory_describes_its_columns(dataset):
    add_sample(dataset)

    with exported("llama-factory", dataset) as archive:
        info = json.loads(archive.read("dataset_info.json"))

    assert list(info) == ["train"]
    assert info["train"]["formatting"] == "sharegpt"
    assert info["train"]["columns"] == {"messages": "messages", "images": "images"}
