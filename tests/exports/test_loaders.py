"""Trainers and tools load what is exported for them: each in an environment of its own, from the registry.

Slow: `python3 manage.py test -m slow tests/exports/test_loaders.py` downloads some gigabytes once; a package
that can't be had is said and passed over.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.datasets.models import Dataset
from tests.exports.shapes import (
    TEMPLATES,
    add_sample,
    exported,
    make_shape,
    records,
    run_snippets,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ENVIRONMENTS = Path(__file__).parent.parent.parent / ".build" / "loaders"

SEVERAL = [{"pictures": 2, "boxes": 2}, {"test": True}]
SHAPES = {
    "several pictures": SEVERAL,
    "one sample": [{}],
    "tests alone": [{"test": True}],
    "some without": [{"pictures": 0}, {"pictures": 3}],
}
LLAMA_FACTORY = """
import json
from llamafactory.data.loader import _get_merged_dataset
from llamafactory.hparams import DataArguments, ModelArguments
from transformers import Seq2SeqTrainingArguments

data_args = DataArguments(dataset_dir=".", media_dir=".", dataset="train", template="qwen2_vl")
training_args = Seq2SeqTrainingArguments(output_dir="out")
model_args = ModelArguments(model_name_or_path="none")
data = _get_merged_dataset(["train"], model_args, data_args, training_args, "sft")
row = data[0]
print(json.dumps({"images": len(row["_images"]), "answer": row["_response"][0]["content"],
                  "system": row["_system"], "placeholders": row["_prompt"][0]["content"].count("<image>")}))
"""
MS_SWIFT = """
import json
from swift.dataset import load_dataset

data, _ = load_dataset(["train.jsonl"])
row = data[0]
texts = {message["role"]: message["content"] for message in row["messages"]}
print(json.dumps({"images": len(row["images"]), "answer": texts["assistant"],
                  "system": texts["system"], "placeholders": texts["user"].count("<image>")}))
"""


def environment(name, *packages):
    """The Python of an environment with these packages, made on the first call."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *packages]
        run = subprocess.run(install, capture_output=True, text=True)
        if run.returncode:
            pytest.skip(f"{packages} can't be installed here: {run.stderr[-300:]}")
        (folder / "ready").touch()
    return str(python)


def export_to(folder, name, *, samples=SEVERAL, answer_format=None):
    dataset = make_shape(answer_format=answer_format)
    for fields in samples:
        add_sample(dataset, **fields)
    with exported(name, dataset) as archive:
        archive.extractall(folder)


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("trl", ["datasets", "pillow"]),
        ("hugging-face", ["datasets", "pillow"]),
        ("label-studio", ["label-studio-sdk"]),
        ("webdataset", ["webdataset", "pillow"]),
        ("coco", ["pycocotools"]),
    ],
)
def test_the_readme_runs_where_only_its_packages_are(name, packages, tmp_path):
    python = environment("-".join(packages), *packages)
    for number, samples in enumerate(SHAPES.values()):
        folder = tmp_path / str(number)
        export_to(folder, name, samples=samples)

        assert run_snippets(folder, python) >= 1


@pytest.mark.parametrize("answer_format", [None, *TEMPLATES])
@pytest.mark.parametrize(
    ("name", "package", "script"),
    [("llama-factory", "llamafactory", LLAMA_FACTORY), ("ms-swift", "ms-swift", MS_SWIFT)],
)
def test_a_trainer_reads_pictures_and_texts(name, package, script, answer_format, tmp_path):
    python = environment(package, package)
    export_to(tmp_path, name, answer_format=answer_format)
    with exported("values", Dataset.objects.get()) as archive:
        (values,) = records("values", archive)

    run = subprocess.run(
        [python, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=600
    )

    assert run.returncode == 0, run.stderr[-3000:]
    row = json.loads(run.stdout.strip().splitlines()[-1])
    assert (row["images"], row["placeholders"]) == (2, 2)
    assert row["system"] == "You grade cards."
    assert row["answer"] == values["answer"]
