"""Which bases there are: folders, and a tiny one that is made on the spot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

TINY = "tiny"
SOURCE = (
    "source.json"  # of a base that was downloaded: repository, commit, licence, who accepted it
)
# Model types (of a base's config.json) that can be trained; the value is the extra that one needs.
FAMILIES = {
    "idefics3": "",
    "smolvlm": "vision",
    "llava": "",
    "gemma3": "",
    "qwen3_vl": "vision",
    "lfm2_vl": "vision",
}


@dataclass(frozen=True)
class Base:
    """A base model. `folder` is None for the tiny one."""

    name: str
    label: str
    folder: Path | None = None
    family: str = ""
    repository: str = ""  # of the hub that it was downloaded from
    revision: str = ""  # the commit
    licence: str = ""

    @property
    def extra(self) -> str:
        """The extra of the training environment that its family needs; empty for none."""
        return FAMILIES.get(self.family, "")


def bases() -> list[Base]:
    """The tiny base, then the folders of BASE_MODELS_DIR with weights of a family that can be trained."""
    tiny = Base(TINY, "Tiny Idefics3, made on the spot: tries the pipeline, learns little")
    folder = Path(settings.BASE_MODELS_DIR)
    folders = sorted(folder.iterdir()) if folder.is_dir() else []
    return [tiny, *(base for path in folders if (base := _read(path)))]


def _read(folder: Path) -> Base | None:
    """The base in a folder; None where there is none. Weights are read from safetensors alone."""
    if folder.name.startswith("."):
        return None  # a download that is not complete
    try:
        config = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        return None
    family = config.get("model_type") if isinstance(config, dict) else None
    if family not in FAMILIES or not any(folder.glob("*.safetensors")):
        return None
    source = _source(folder)
    return Base(
        folder.name,
        f"{folder.name} ({family})",
        folder,
        family,
        source.get("repository", ""),
        source.get("revision", ""),
        source.get("licence", ""),
    )


def _source(folder: Path) -> dict[str, str]:
    """What the download noted; empty for a folder that the operator brought."""
    try:
        note = json.loads((folder / SOURCE).read_text())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
