"""Conversations of every trainer: texts, pictures in their order, and what is only metadata."""

import base64
import json

import pytest

from annotator.errors import BadInput
from annotator.imports.formats import open_source
from annotator.imports.formats.chat_rows import Shape, conversation
from annotator.imports.formats.records import ImageReference, Role, Standing
from tests.imports.formats.files import problems_of, rows_of, written

DATA = "data:image/png;base64," + base64.b64encode(b"bytes").decode()
SHAPES = {
    "trl": {
        "images": ["a.png", "b.png"],
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "s"}]},
            {
                "role": "user",
                "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": "q"}],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "r"}]},
        ],
    },
    "trl with texts": {
        "images": ["a.png", "b.png"],
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "r"},
        ],
    },
    "trl prompt and completion": {
        "images": ["a.png", "b.png"],
        "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
        "completion": [{"role": "assistant", "content": "r"}],
    },
    "sharegpt": {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "<image><image>q"},
            {"role": "assistant", "content": "r"},
        ],
        "images": ["a.png", "b.png"],
    },
    "qwen": {
        "image": ["a.png", "b.png"],
        "conversations": [
            {"from": "system", "value": "s"},
            {"from": "human", "value": "<image>\n<image>\nq"},
            {"from": "gpt", "value": "r"},
        ],
    },
    "unsloth": {
        "messages": [
            {"role": "system", "content": "s"},
            {
                "role": "user",
                "content": [
                    {"type": "image", "image": "a.png"},
                    {"type": "image", "image": "b.png"},
                    {"type": "text", "text": "q"},
                ],
            },
            {"role": "assistant", "content": "r"},
        ],
    },
    "ms-swift query": {
        "system": "s",
        "query": "<image><image>q",
        "response": "r",
        "images": ["a.png", "b.png"],
    },
    "alpaca": {
        "system": "s",
        "instruction": "q",
        "input": "",
        "output": "r",
        "images": ["a.png", "b.png"],
    },
    "human and assistant": {
        "system": "s",
        "conversation": [{"human": "<image><image>q", "assistant": "r"}],
        "images": ["a.png", "b.png"],
    },
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_says_the_same(name):
    talk = conversation(SHAPES[name], Shape())

    assert (talk.text("system"), talk.text("user"), talk.text("assistant")) == ("s", "q", "r")
    assert talk.pictures == [ImageReference(path="a.png"), ImageReference(path="b.png")]


@pytest.mark.parametrize("name", sorted(set(SHAPES) - {"human and assistant"}))
@pytest.mark.parametrize("as_array", [True, False])
def test_every_shape_is_recognised_in_an_array_and_in_lines(tmp_path, name, as_array):
    row = SHAPES[name] | {"id": 7}
    text = json.dumps([row]) if as_array else json.dumps(row) + "\n"
    source = open_source(written(tmp_path, "train.json" if as_array else "train.jsonl", text))

    (record,) = source.records()
    assert (source.name, source.answers_as_text) == ("chat", True)
    assert record.standing == Standing.REVIEW
    assert record.cells == {
        "id": "7",
        "split": "train",
        "images": [ImageReference(path="a.png"), ImageReference(path="b.png")],
        "prompt": "q",
        "system": "s",
        "answer": "r",
    }
    roles = {column.name: column.role for column in source.columns()}
    assert roles["answer"] is None
    assert roles["images"] == Role.IMAGES


def test_pictures_inside_of_messages_are_bytes():
    parts = [
        {"type": "text", "text": "q"},
        {"type": "image_url", "image_url": {"url": DATA, "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    ]
    row = {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "r"}]}

    assert conversation(row, Shape()).pictures == [
        ImageReference(data=b"bytes"),
        ImageReference(path="https://example.org/a.png"),
    ]


def test_pictures_inside_and_beside_a_message_keep_their_order():
    parts = [{"type": "image"}, {"type": "image", "image": "b.png"}, {"type": "image"}]
    turns = [{"role": "user", "content": parts}, {"role": "assistant", "content": "r"}]

    talk = conversation({"images": ["a.png", "c.png"], "messages": turns}, Shape())

    assert [each.path for each in talk.pictures] == ["a.png", "b.png", "c.png"]


def test_a_picture_that_is_one_text_is_one_picture():
    row = {
        "image": "abc.jpg",
        "conversations": [{"from": "human", "value": "<image>\nq"}, {"from": "gpt", "value": "r"}],
    }

    assert [each.path for each in conversation(row, Shape()).pictures] == ["abc.jpg"]


def test_a_path_of_another_machine_counts_by_its_name():
    row = {"images": ["/data/set/a.jpg", "../b.jpg"], "prompt": "q", "completion": "r"}

    assert [each.path for each in conversation(row, Shape()).pictures] == ["a.jpg", "b.jpg"]


def lines(folder, *rows, name="a.jsonl"):
    return open_source(written(folder, name, "".join(json.dumps(row) + "\n" for row in rows)))


def chat(question="q", answer="r", **more):
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ],
        **more,
    }


def test_rows_that_lack_pictures_or_answers_are_problems_and_the_others_go_on(tmp_path):
    source = lines(
        tmp_path,
        chat(),
        chat("<image><image>q", images=["a.png"]),
        {"messages": [{"role": "user", "content": "q"}]},
        {"messages": "x"},
        {"messages": [3]},
        chat(answer="last"),
    )

    assert list(problems_of(source)) == [2, 3, 4, 5]
    assert rows_of(source)[-1]["answer"] == "last"


def test_more_pictures_than_places_are_all_kept_and_said(tmp_path):
    (record,) = lines(tmp_path, chat("<image>q", images=["a.png", "b.png"])).records()

    assert len(record.cells["images"]) == 2
    assert "places for 1" in record.note


def test_several_questions_are_kept_as_metadata(tmp_path):
    row = chat()
    row["messages"] += chat("q2", "r2")["messages"]
    source = lines(tmp_path, row, chat())

    first, second = source.records()
    assert "answer" not in first.cells
    assert first.cells["conversation"][3] == {"role": "assistant", "content": "r2"}
    assert "several questions" in first.note
    assert second.cells["answer"] == "r"


def test_other_keys_are_metadata_and_a_shared_question_is_said(tmp_path):
    source = lines(tmp_path, chat(source="web"), chat(label=1))

    assert {each.name: each.role for each in source.columns()}["source"] == Role.METADATA
    assert rows_of(source)[0]["source"] == "web"
    assert any("same question" in note for note in source.notes())
    assert not lines(tmp_path, chat(), chat("other"), name="b.jsonl").notes()


def test_of_preferences_the_chosen_answer_counts(tmp_path):
    row = {"prompt": "q", "chosen": [{"role": "assistant", "content": "r"}], "rejected": "bad"}

    (cells,) = rows_of(lines(tmp_path, row))
    assert (cells["answer"], cells["rejected"]) == ("r", "bad")


def test_a_description_beside_the_files_names_their_keys(tmp_path):
    info = {
        "cards": {
            "file_name": "x.json",
            "formatting": "sharegpt",
            "columns": {"messages": "talk", "images": "photos", "system": "rule"},
            "tags": {
                "role_tag": "who",
                "content_tag": "said",
                "user_tag": "me",
                "assistant_tag": "bot",
            },
        },
        "cards_test": {
            "file_name": "y.json",
            "columns": {"prompt": "ask", "query": "more", "response": "tell"},
        },
        "missing": {"file_name": "z.json"},
        "hub": {"hf_hub_url": "x/y"},
    }
    written(tmp_path, "dataset_info.json", json.dumps(info))
    talk = [{"who": "me", "said": "<image>q"}, {"who": "bot", "said": "r"}]
    written(tmp_path, "x.json", json.dumps([{"talk": talk, "photos": ["a.png"]}]))
    written(tmp_path, "y.json", json.dumps([{"ask": "q", "more": "2", "tell": "r2"}]))

    first, second = rows_of(open_source(tmp_path))

    assert (first["prompt"], first["answer"], first["images"][0].path) == ("q", "r", "a.png")
    assert (second["split"], second["prompt"], second["answer"]) == ("test", "q\n2", "r2")
    assert rows_of(open_source(tmp_path / "x.json")) == [first]


def test_a_description_cannot_name_files_elsewhere(tmp_path):
    secret = written(tmp_path, "secret.json", json.dumps([chat()]))
    folder = tmp_path / "set"
    written(folder, "dataset_info.json", json.dumps({"a": {"file_name": f"../{secret.name}"}}))

    with pytest.raises(BadInput):
        open_source(folder)


def test_a_broken_line_beside_our_own_export_costs_only_what_it_says(tmp_path):
    written(tmp_path, "train.jsonl", "".join(json.dumps(chat()) + "\n" for _ in range(2)))
    written(tmp_path, "provenance.jsonl", '{"id": "1", "files": [\n{"id": "2", "files": []}\n')

    assert [row.get("id") for row in rows_of(open_source(tmp_path))] == [None, "2"]
