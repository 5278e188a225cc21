"""Reads the bytes of an upload as a picture that is safe to store: light ones here, others in the child.

Which are light, `weight` says. The child's memory and time are bounded (docs/reliability.md#image-files), and
what it decodes goes to the disk without passing through our own memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator.child.calls import Overrun, call
from annotator.child.gate import Gate
from annotator.errors import BadInput
from annotator.images import copies, decoding, weight
from annotator.images.copies import THUMB_PX, Box
from annotator.images.decoding import Limits, digest
from annotator.images.paths import incoming_path

__all__ = ["THUMB_PX", "Picture", "digest", "look_at", "read_picture", "smaller"]

HEAVY = "annotator.images.heavy"  # the module whose functions the child calls
OVERRUN = {
    Overrun.Cause.MEMORY: "To read this picture takes more memory than the server allows"
    " ({megabytes:,} MB). Scale it down, or save it as an ordinary JPEG.",
    Overrun.Cause.TIME: "To read this picture takes longer than {seconds:.0f} seconds. Scale it down,"
    " or save it as an ordinary JPEG.",
    Overrun.Cause.STOPPED: "The process that reads pictures stopped unexpectedly at this one, twice."
    " Save it anew with another program.",
}

LIGHT_AT_A_TIME = 2  # in one process: each takes up to `weight.LIGHT_BYTES` while it is decoded
_decoding = Gate()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture ready to be stored. `sha256` names its file; `source_sha256` the bytes that were sent."""

    file: bytes | Path = field(repr=False)  # a path: the child wrote it, `files.store` moves it
    format: str  # jpeg, png or webp
    width_px: int
    height_px: int
    full_width_px: int  # larger than `width_px` when it was scaled down
    full_height_px: int
    sha256: str
    source_sha256: str
    size_bytes: int  # of the file
    thumb: bytes  # WebP, THUMB_PX at most on the longer side
    note: str = ""  # what a person should know about how it was read

    @property
    def data(self) -> bytes:
        """The file's content, in memory."""
        return self.file.read_bytes() if isinstance(self.file, Path) else self.file


def read_picture(data: bytes, *, at_a_time: int | None = None) -> Picture:
    """Check, decode and re-encode, as `decoding.decode`. Raises BadInput with a reason for a person.

    What was read must be stored (`files.store`), which also removes what the child wrote. It waits while
    `at_a_time` others are read; None: two light ones, or one in the child.
    """
    _check_size(data)
    if weight.is_light(data):
        with _decoding.entered(at_a_time=at_a_time or LIGHT_AT_A_TIME):
            return _read_here(data)
    path = incoming_path()
    try:
        facts, thumb = _in_child(
            "read", data, at_a_time=at_a_time or 1, limits=asdict(_limits()), path=str(path)
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Picture(file=path, source_sha256=digest(data), thumb=thumb, **facts)


def look_at(data: bytes) -> None:
    """Raises BadInput for what `read_picture` refuses, as far as that shows without decoding: by the file's
    size, its header and its end. A picture that is damaged in between passes.
    """
    _check_size(data)
    if not weight.is_light(data):
        _in_child("look", data, limits=asdict(_limits()))
        return
    with _decoding.entered(at_a_time=LIGHT_AT_A_TIME):
        decoding.look(data, _limits())


def smaller(
    path: Path,
    *,
    kind: str,
    size_px: tuple[int, int],
    max_side_px: int,
    quality: int,
    box: Box | None = None,
) -> bytes:
    """A copy of a stored picture of this format and size, as `copies.smaller`."""
    how: dict[str, Any] = {"max_side_px": max_side_px, "quality": quality}
    how |= {"size_px": size_px, "box": box}
    needed_px = 0 if box else max_side_px
    if weight.is_light_to_shrink(kind, *size_px, needed_px=needed_px):
        with _decoding.entered(at_a_time=LIGHT_AT_A_TIME):
            return copies.smaller(path, **how)
    max_pixels = settings.IMAGE_MAX_JPEG_PIXELS
    return _in_child("smaller", path=str(path), max_pixels=max_pixels, **how)[1]


def _read_here(data: bytes) -> Picture:
    decoded = decoding.decode(data, _limits())
    facts = asdict(decoded)
    file = facts.pop("data")
    return Picture(
        file=file,
        sha256=digest(file),
        source_sha256=digest(data),
        size_bytes=len(file),
        **facts,
    )


def _limits() -> Limits:
    return Limits(
        max_pixels=settings.IMAGE_MAX_PIXELS,
        max_jpeg_pixels=settings.IMAGE_MAX_JPEG_PIXELS,
        max_side_px=settings.IMAGE_MAX_SIDE_PX,
        memory_bytes=settings.CHILD_MEMORY_BYTES,
    )


def _in_child(name: str, body: bytes = b"", **arguments: Any) -> tuple[Any, bytes]:
    """(facts, bytes) of a function of `heavy`. Raises BadInput for a picture that takes too much."""
    with _refusing_overruns():
        return call(
            f"{HEAVY}:{name}",
            body,
            memory_bytes=settings.CHILD_MEMORY_BYTES,
            seconds=settings.CHILD_SECONDS,
            **arguments,
        )


@contextmanager
def _refusing_overruns() -> Iterator[None]:
    try:
        yield
    except Overrun as overrun:
        message = OVERRUN[overrun.cause].format(
            megabytes=settings.CHILD_MEMORY_BYTES // 1_000_000, seconds=settings.CHILD_SECONDS
        )
        raise BadInput(message) from overrun


def _check_size(data: bytes) -> None:
    if not data:
        raise BadInput("This is not an image we can read: the file is empty.")
    if len(data) > settings.IMAGE_MAX_BYTES:
        limit = settings.IMAGE_MAX_BYTES // 1_000_000
        raise BadInput(
            f"The file has {len(data) / 1e6:,.1f} MB; the limit is {limit} MB. Make it smaller."
        )
