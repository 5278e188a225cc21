"""What can be known of a base from its files alone."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from annotator.training import bases
from annotator.training.image_tokens import image_tokens
from annotator.training.runner.vlm.signs import sign_in

SMOLVLM = {"vision_config": {"image_size": 512, "patch_size": 16}, "scale_factor": 4}
SPLIT = {"size": {"longest_edge": 2048}, "max_image_size": {"longest_edge": 512}}


def write_base(folder, *, tokenizer=None, **config):
    """The files of a base with 1,000 bytes of weights, without the weights themselves."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "idefics3", **config}))
    (folder / "model.safetensors").write_bytes(b"0" * 1000)
    if tokenizer is not None:
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def test_signs_are_read_from_all_the_files_that_name_them(settings, tmp_path):
    settings.BASE_MODELS_DIR = tmp_path
    marked = [{"content": "<image>", "special": True}, {"content": "word", "special": False}]
    folder = write_base(tmp_path / "smol", tokenizer={"added_tokens": marked})
    settings_of_it = {
        "added_tokens_decoder": {"5": {"content": "<row_1>", "special": True}},
        "eos_token": {"content": "<end>"},
        "extra_special_tokens": {"image_token": "<picture>"},
        "model_max_length": 8192,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings_of_it))
    (folder / "special_tokens_map.json").write_text('{"additional_special_tokens": ["<more>"]}')

    facts = bases.facts_of(bases.bases()[1])

    assert facts.special_tokens == {"<image>", "<row_1>", "<end>", "<picture>", "<more>"}
    assert (facts.max_length, facts.bytes) == (8192, 1000)
    assert sign_in(["a word", None, "an <image> here"], facts.special_tokens) == "<image>"
    assert sign_in(["a word"], facts.special_tokens) == ""
    assert sign_in(["<image>"], frozenset()) == ""


def test_changed_files_are_read_again(settings, tmp_path):
    settings.BASE_MODELS_DIR = tmp_path
    folder = write_base(tmp_path / "smol", text_config={"vocab_size": 10})
    first = bases.facts_of(bases.bases()[1])
    (folder / "config.json").write_text('{"model_type": "idefics3", "text_config": {}}')

    assert first.vocabulary == 10
    assert bases.facts_of(bases.bases()[1]).vocabulary == 32_000


@pytest.mark.parametrize(
    ("family", "config", "images", "size", "tokens"),
    [
        ("idefics3", SMOLVLM, SPLIT, (1200, 900), 64 * 13),
        ("smolvlm", SMOLVLM, SPLIT | {"do_image_splitting": False}, (1200, 900), 64),
        ("idefics3", SMOLVLM, SPLIT | {"size": {"longest_edge": 512}}, (500, 500), 64),
        ("llava", {}, {}, (1200, 900), 576),
        ("gemma3", {"mm_tokens_per_image": 256}, {}, (10, 10), 256),
        ("qwen3_vl", {}, {}, (1200, 900), 38 * 28),
        ("qwen3_vl", {}, {"size": {"longest_edge": 262_144}}, (1200, 900), 18 * 13),
        ("lfm2_vl", {}, {}, (512, 512), 256),
        ("lfm2_vl", {}, {}, (1200, 900), 256 * 6 + 18 * 13),
    ],
)
def test_the_tokens_of_a_picture_depend_on_family_and_size(family, config, images, size, tokens):
    assert image_tokens(family, config, images, *size) == tokens


def test_the_tiny_base_has_16_tokens_for_any_picture():
    assert bases.facts_of(bases.bases()[0]).image_tokens(4000, 3000) == 16


@pytest.mark.slow
def test_the_numbers_are_those_of_the_processors_themselves(training_environment):
    program = Path(__file__).parent / "vlm" / "check_image_tokens.py"

    done = subprocess.run(
        [training_environment.python, program],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
