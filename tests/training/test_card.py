"""The README of an archive."""

from annotator.training import card as cards


def test_a_base_in_a_folder_has_a_revision_that_its_weights_decide(settings, tmp_path):
    settings.BASE_MODELS_DIR = tmp_path
    base = tmp_path / "smol"
    base.mkdir()
    (base / "config.json").write_text("{}")
    (base / "model.safetensors").write_bytes(b"weights")
    about = {"base": "smol", "base_type": "idefics3", "weights": 7}

    first = cards._base(about)
    (base / "model.safetensors").write_bytes(b"other weights")
    second = cards._base(about)

    assert first["name"] == "smol"
    assert len(first["revision"]) == 64
    assert first["revision"] != second["revision"]
    assert cards._base({"base": "made on the spot"})["revision"] == ""
    assert cards._base({"device": "cpu"}) is None
