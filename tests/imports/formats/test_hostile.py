"""Files of every tool with wrong parts in them: a refusal or a problem, never an error of the code."""

import copy
import json
import random

import pytest

from annotator.errors import BadInput
from annotator.imports.formats import open_source
from annotator.imports.formats.guessing import guess_columns
from tests.imports.formats import test_argilla_doccano as argilla
from tests.imports.formats import test_chat as chat
from tests.imports.formats import test_coco as coco
from tests.imports.formats import test_label_studio as label_studio
from tests.imports.formats import test_roboflow_prodigy as prodigy
from tests.imports.formats.files import written

TASK = label_studio.task(
    1,
    [{"result": label_studio.RESULT, "completed_by": {"id": 1}}],
    predictions=[{"result": label_studio.RESULT, "score": 0.5}],
    drafts=[{"result": label_studio.RESULT}],
)
OURS = {"samples": [{"id": "a", "name": "n", "values": {"x": 1}}]}
DOCUMENTS = {
    "label-studio": [TASK],
    "label-studio-min": [label_studio.MIN, label_studio.MIN],
    "coco": {
        "images": [coco.image(1), coco.image(2, **OURS)],
        "annotations": [coco.box(1), coco.box(2), {"image_id": 1, "caption": "c"}],
        "categories": [{"id": 3, "name": "cat"}],
    },
    "coco-results": [{"image_id": 1, "caption": "x", "score": 0.4}],
    "argilla": [
        argilla.record(
            responses={"kind": argilla.said("a")},
            suggestions={"kind": {"value": "a", "score": 0.4, "agent": "m"}},
        )
    ],
    "doccano": [argilla.example(bbox=[{"x": 1, "y": 2, "width": 3, "height": 4, "label": "c"}])],
    "roboflow": [prodigy.asked("a.jpg", "q", '{"a": 1}')],
    "prodigy": [
        prodigy.task(options=prodigy.OPTIONS, accept=["a"], meta={"file": "x"}, width=3, height=4),
        prodigy.task(spans=[{"label": "c", "points": [[1, 2], [3, 4]]}], label="c"),
    ],
    "imagefolder": [{"file_name": "a.jpg", "file_names": ["b.jpg"], "x": {"a": 1}}],
    "annotator-values": [
        {
            "id": "1",
            "name": "n",
            "files": [],
            "images": ["a.jpg"],
            "values": {"a": 1},
            "metadata": {},
            "system": "",
            "user": "",
            "answer": "",
            "labeled_by": "x",
        }
    ],
    "chat": list(chat.SHAPES.values()),
}
WRONG = [None, True, 0, -1, 1.5, float("inf"), "", "x", [], [1], {}, {"a": 1}, [[]], "\0", 10**30]


def places(value):
    """Where a part of a document can be replaced."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in parts:
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def damaged(document, chance):
    """The document with a few parts replaced or left out."""
    document = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(places(document)))
        if isinstance(holder, dict) and chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(WRONG))
        if not document:
            break
    return document


@pytest.mark.parametrize("format", DOCUMENTS)
def test_wrong_parts_are_refused_or_problems(tmp_path, format):
    chance = random.Random(format)
    lines = format in ("doccano", "roboflow", "prodigy", "imagefolder", "annotator-values")
    for number in range(60):
        document = damaged(DOCUMENTS[format], chance)
        rows = document if lines else [document]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        name = "metadata.jsonl" if format == "imagefolder" else f"train.json{'l' * lines}"
        path = written(tmp_path, f"{number}/{name}", text)
        for chosen in ("", format):
            try:
                source = open_source(path, format=chosen)
                source.columns()
                records = list(source.records())
                source.notes()
                guess_columns(source)
            except BadInput:
                continue
            assert all(isinstance(record.cells, dict) for record in records)
