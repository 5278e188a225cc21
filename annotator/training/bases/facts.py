"""What the files of a base say about it, read as plain JSON: no weights and no library are loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from annotator.training.bases.listing import TINY, Base
from annotator.training.image_tokens import image_tokens
from annotator.training.runner.vlm import signs

UNLIMITED = 10**9  # tokens: what tokenizers write where they have no limit


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Of one base. `weights` is their number, `bytes` what they take on the disk."""

    name: str
    special_tokens: frozenset[str]  # the signs of its own, which no text of a sample may hold
    max_length: int | None  # tokens of a conversation
    weights: int
    bytes: int
    layers: int
    width: int  # of a layer
    vocabulary: int
    tokenizer: Path | None = None  # the file that the tokenizers library reads
    family: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    images: Mapping[str, Any] = field(default_factory=dict)  # the image processor's settings

    def image_tokens(self, width: int, height: int, *, max_side: int | None = None) -> int:
        """How many tokens a picture of that many pixels takes; a larger one is made smaller first."""
        if self.name == TINY:
            return signs.IMAGE_TOKENS
        factor = min(1.0, max_side / max(width, height, 1)) if max_side else 1.0
        sides = round(width * factor), round(height * factor)
        return image_tokens(self.family, self.config, self.images, *sides)


TINY_FACTS = Facts(
    name=TINY,
    special_tokens=frozenset(signs.SIGNS),
    max_length=signs.LENGTH,
    weights=1_100_000,
    bytes=4_400_000,
    layers=6,
    width=128,
    vocabulary=512,
)


def facts_of(base: Base) -> Facts:
    """Read them, or recall them as long as the folder's files are the same."""
    if base.folder is None:
        return TINY_FACTS
    files = sorted(path for path in base.folder.iterdir() if path.is_file())
    state = tuple((path.name, path.stat().st_size, path.stat().st_mtime) for path in files)
    return _read(base, state)


@lru_cache(maxsize=16)
def _read(base: Base, state: tuple[tuple[str, int, float], ...]) -> Facts:
    folder = base.folder or Path()
    config = _json(folder / "config.json")
    text = config.get("text_config") or config
    size = sum(bytes_ for name, bytes_, _ in state if name.endswith(".safetensors"))
    is_wide = "32" in str(config.get("dtype") or config.get("torch_dtype") or text.get("dtype"))
    tokenizer = _json(folder / "tokenizer_config.json")
    limits = [text.get("max_position_embeddings"), tokenizer.get("model_max_length")]
    processor = _json(folder / "processor_config.json").get("image_processor", {})
    return Facts(
        name=base.name,
        special_tokens=frozenset(_special_tokens(folder, tokenizer)),
        max_length=min(
            (int(limit) for limit in limits if limit and limit < UNLIMITED), default=None
        ),
        weights=size // (4 if is_wide else 2),
        bytes=size,
        layers=text.get("num_hidden_layers", 24),
        width=text.get("hidden_size", 2048),
        vocabulary=text.get("vocab_size", 32_000),
        tokenizer=path if (path := folder / "tokenizer.json").exists() else None,
        family=base.family,
        config=config,
        images={**processor, **_json(folder / "preprocessor_config.json")},
    )


def _special_tokens(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """From the three files that tokenizers are made of; their shapes differ by age."""
    marked = [*_json(folder / "tokenizer.json").get("added_tokens", [])]
    marked += config.get("added_tokens_decoder", {}).values()
    yield from (row["content"] for row in marked if row.get("special") and row.get("content"))
    for settings in (config, _json(folder / "special_tokens_map.json")):
        for key, value in settings.items():
            if key.endswith("_token"):
                yield from _contents([value])
            elif key == "additional_special_tokens":
                yield from _contents(value or [])
            elif key == "extra_special_tokens":
                yield from _contents(value.values() if isinstance(value, Mapping) else value or [])


def _contents(tokens: Any) -> Iterator[str]:
    for token in tokens:
        text = token.get("content") if isinstance(token, Mapping) else token
        if isinstance(text, str) and text:
            yield text


def _json(path: Path) -> dict[str, Any]:
    """The file's object; empty where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
