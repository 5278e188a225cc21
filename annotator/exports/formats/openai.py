"""OpenAI's chat JSONL for vision fine-tuning, which hosts of that interface take too; pictures are inside.

A line is {"messages": [system?, user, assistant]}; the user's content is a list of parts, one {"type":
"image_url", "image_url": {"url": data URL}} per picture before {"type": "text", "text"}, the others are
texts. `provenance.jsonl` says, line by line, where each sample comes from: the lines themselves may hold
nothing else.
Limits: at most 10 pictures a sample, at most 10 MB a picture (developers.openai.com, "Vision fine-tuning").
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member, blocks_of
from annotator.exports.formats.records import RecordExport, one_line
from annotator.exports.formats.trl import text_part
from annotator.exports.pictures import Copy, copy_of, reference
from annotator.exports.selection import Pictures

MAX_IMAGES = 10
MAX_BYTES = 10_000_000
IN_MEMORY_BYTES = 1 << 20  # of the provenance; the rest waits on disk


@dataclass
class OpenAiExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "openai"
    label: ClassVar[str] = "OpenAI"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl to be uploaded as they are, pictures inside the lines, the "
        "schema, and a manifest that names every sample left out and why."
    )
    has_pictures: ClassVar[bool] = False
    picture_choices: ClassVar[tuple[str, ...]] = (Pictures.COPIES, Pictures.LINKS)

    _provenance: IO[bytes] | None = None  # while the archive is written

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """Too many or too large pictures."""
        if len(row.images) > MAX_IMAGES:
            return f"it has {len(row.images)} pictures; this service takes at most {MAX_IMAGES}"
        large = [
            image
            for image in row.images
            if (image.size_bytes or 0) > MAX_BYTES and not self.selection.longest_px
        ]
        return f"{large[0]} is larger than 10 MB, the most that this service takes" if large else ""

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One line."""
        if self._provenance is not None:
            split = "test" if row.sample.test else "train"
            origin = json.dumps({"split": split, **self.provenance(row)}, ensure_ascii=False)
            self._provenance.write((one_line(origin) + "\n").encode())
        pictures = [{"type": "image_url", "image_url": {"url": url}} for url in self.urls(row)]
        turns: list[dict[str, Any]] = [
            {"role": "user", "content": [*pictures, text_part(rendered.user)]},
            {"role": "assistant", "content": rendered.answer},
        ]
        if rendered.system:
            turns.insert(0, {"role": "system", "content": rendered.system})
        return {"messages": turns}

    def urls(self, row: TrainingRow) -> list[str]:
        """Of the sample's pictures: data URLs, or links."""
        if self.selection.pictures == Pictures.LINKS:
            return [reference(image, self.selection, self.host) for image in row.images]
        return [data_url(copy_of(image, self.selection)) for image in row.images]

    def members(self) -> Iterator[Member]:
        """As of every record export; what comes after the lines waits in a temporary file."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as self._provenance:
            yield from super().members()

    def extra_members(self) -> Iterator[Member]:
        """Where each line's sample comes from."""
        assert self._provenance is not None  # members() opened it
        self._provenance.seek(0)
        yield "provenance.jsonl", blocks_of(self._provenance)

    def loading(self, splits: list[str]) -> str:
        """How to upload a file, and a look at its first line."""
        first = self.file_of(splits[0])
        return f"""
Upload `{first}` with the purpose `fine-tune`. Line n of the files, train before test, comes from the sample
on line n of `provenance.jsonl`.

A look at it, after `pip install pillow`:

    import base64, io, json
    from PIL import Image

    with open("{first}", encoding="utf-8") as file:
        messages = json.loads(next(file))["messages"]
    user = next(message for message in messages if message["role"] == "user")
    urls = [part["image_url"]["url"] for part in user["content"] if part["type"] == "image_url"]
    images = [Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))) for url in urls]
"""


def data_url(copy: Copy) -> str:
    """A picture as a data URL."""
    kind = "jpeg" if copy.ending == "jpg" else copy.ending
    return f"data:image/{kind};base64,{base64.b64encode(copy.read()).decode()}"
