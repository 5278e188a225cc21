"""Changes to images, labels and objects; files first, rows after, so that no row lacks its file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q

from annotator.accounts.audit import record
from annotator.accounts.models import User, Workspace
from annotator.errors import BadInput, WrongState
from annotator.images import files
from annotator.images.models import Image
from annotator.images.reading import Picture, digest, read_picture
from annotator.names import safe_name

# Of a detection object: a sample that is not deleted holds it.
IN_A_SAMPLE = Q(
    sample_objects__isnull=False,
    sample_objects__sample__removed_at=None,
    sample_objects__sample__dataset__removed_at=None,
)


def store_image(
    workspace: Workspace,
    data: bytes,
    *,
    name: str = "",
    test_image: bool = False,
    meta_data: dict[str, Any] | None = None,
    by: User | None = None,
) -> tuple[Image, bool]:
    """(the image, whether it is new): the same bytes are one image per workspace, however many send them.

    Raises BadInput for a file that is no picture or too large. A known image keeps its name and metadata; its
    file is restored if it was lost. With `by` None the caller records its own audit event.
    """
    file = store_file(workspace, data)
    details = {"test_image": test_image, "meta_data": meta_data or {}}
    return make_stored_image(workspace, file, name=name, by=by, **details)


class StoredFile(NamedTuple):
    """A picture whose file is stored, and the image it was before; no `columns` where nothing changed."""

    known: Image | None
    columns: dict[str, Any] | None = None
    note: str = ""


def store_file(workspace: Workspace, data: bytes) -> StoredFile:
    """The part of `store_image` that takes long: not for a transaction. Raises BadInput as it does."""
    known = uploaded_before(workspace, digest(data))
    if known is not None and files.is_kept(known):
        return StoredFile(known)
    picture = read_picture(data)
    files.store(picture)
    return StoredFile(known, file_columns(picture), picture.note)


def make_stored_image(
    workspace: Workspace, file: StoredFile, *, name: str, by: User | None, **columns: Any
) -> tuple[Image, bool]:
    """The other part: (the image, whether it is new); `columns` are further ones of a new image."""
    if file.known is None:
        columns |= file.columns or {}
        return make_image(workspace, name=name, note=file.note, by=by, **columns)
    if file.columns is not None:
        apply_file(file.known, file.columns)
    return file.known, False


def make_image(
    workspace: Workspace, *, name: str, note: str, by: User | None, **columns: Any
) -> tuple[Image, bool]:
    """(the image, whether it is new) of a picture whose file is stored; `columns` as from `file_columns`."""
    try:
        with transaction.atomic():
            image = Image.objects.create(
                workspace=workspace, name=clean_file_name(name), path=clean_path(name), **columns
            )
            image.reading_note = note
            if by is not None:
                record("image.upload", workspace=workspace, by=by, target=image)
    except IntegrityError:  # the same bytes came twice at once: the constraint let one through
        if known := uploaded_before(workspace, columns["source_sha256"]):
            return known, False
        raise
    return image, True


def fill_image(image: Image, data: bytes) -> None:
    """Store the file of a mirrored image. Raises BadInput for a file that is no picture."""
    picture = read_picture(data)
    files.store(picture)
    # The remote's boxes are made for the full size: a picture that was scaled down keeps it.
    full = {"width_px": picture.full_width_px, "height_px": picture.full_height_px}
    apply_file(image, file_columns(picture) | full)


@transaction.atomic
def update_image(
    image: Image,
    *,
    by: User | None,
    test_image: bool | None = None,
    meta_data: dict[str, Any] | None = None,
) -> None:
    """Change what is given and leave the rest. Raises BadInput."""
    if test_image is not None:
        image.test_image = test_image
    if meta_data is not None:
        image.meta_data = check_meta_data(meta_data)
    image.save(update_fields=["test_image", "meta_data"])
    record("image.update", workspace=image.workspace, by=by, target=image)


@transaction.atomic
def mark_test(workspace: Workspace, image_ids: Iterable[Any], *, test: bool, by: User) -> int:
    """Set `test_image` of many; returns how many of them are in the workspace."""
    ids = list(image_ids)
    count = Image.objects.filter(workspace=workspace, pk__in=ids).update(test_image=test)
    record("image.update", workspace=workspace, by=by, test_image=test, count=count)
    return count


def delete_image(image: Image, *, by: User) -> None:
    """Remove the image and its objects; WrongState while a sample uses any of them.

    A deleted sample does not count. The file is deleted by the sweep, since another image may have the same
    content.
    """
    if image.detection_objects.filter(IN_A_SAMPLE).exists():
        raise WrongState("Objects of this image are used in a sample; remove them there first.")
    try:
        with transaction.atomic():
            image.sample_images.exclude(
                sample__removed_at=None, sample__dataset__removed_at=None
            ).delete()
            record("image.delete", workspace=image.workspace, by=by, target=image)
            image.delete()
    except (ProtectedError, IntegrityError):
        raise WrongState("This image is used in a sample; remove it there first.") from None


def clean_file_name(name: str) -> str:
    """The last part of a path, fit to be shown and short: for people to read, never for the file system."""
    safe = safe_name(name.replace("\\", "/").rsplit("/", 1)[-1])
    most = Image.NAME_LENGTH
    return safe if len(safe) <= most else safe[: most - 1] + "…"


def clean_path(path: str) -> str:
    """A whole path, fit to be shown; the end of one that is too long."""
    return safe_name(path.replace("\\", "/"))[-Image.PATH_LENGTH :]


def check_meta_data(meta_data: Any) -> dict[str, Any]:
    """A JSON object, else BadInput."""
    if not isinstance(meta_data, dict):
        raise BadInput(
            "Send the metadata as a JSON object.", fields={"meta_data": ["Send a JSON object."]}
        )
    return meta_data


def uploaded_before(workspace: Workspace, source_sha256: str) -> Image | None:
    """The image that these bytes became, whether its file is still there or not."""
    return Image.objects.filter(
        workspace=workspace, source_sha256=source_sha256, remote_key=None
    ).first()


def file_columns(picture: Picture) -> dict[str, Any]:
    """The columns of an image whose file this is."""
    return {
        "state": Image.State.STORED,
        "sha256": picture.sha256,
        "source_sha256": picture.source_sha256,
        "format": picture.format,
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "size_bytes": picture.size_bytes,
    }


def apply_file(image: Image, columns: dict[str, Any]) -> None:
    """Note on the row that its file was stored; `columns` as from `file_columns`."""
    columns = columns | {"fetch_error": "", "fetch_after": None}
    for name, value in columns.items():
        setattr(image, name, value)
    image.save(update_fields=list(columns))
