"""`/recognition/v2/training-image/bulk/`: many pictures in one call, as files or as base64."""

from __future__ import annotations

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.bulk import RowResult, RowResults, bulk_response, validate_row, value_or_error
from annotator.api.parsers import (
    MAX_FILES,
    MAX_FILES_BYTES,
    MAX_UPLOAD_BYTES,
    GuardedJSONParser,
    GuardedMultiPartParser,
    parse_guarded,
    refuse_too_large,
)
from annotator.api.views.base import ApiView
from annotator.datasets.serializers.fields import JsonObject
from annotator.errors import BadInput
from annotator.images.loading import Stored, Upload, store_images
from annotator.images.serializers import decode_base64


class PictureFacts(serializers.Serializer[Any]):
    """What is kept beside a picture."""

    test_image = serializers.BooleanField(required=False)
    meta_data = JsonObject(required=False)


class BulkPicture(PictureFacts):
    """One picture of many, as base64."""

    base64 = serializers.CharField()
    name = serializers.CharField(required=False, allow_blank=True, help_text="The file's name.")


@extend_schema_field(BulkPicture(many=True))
class NewPictures(serializers.ListField):
    """Rows that are read one by one, so that a wrong one does not spoil the others."""


class BulkPictures(serializers.Serializer[Any]):
    """Up to 200 pictures; in base64 as many as fit in 30 MB."""

    images = NewPictures(
        child=JsonObject(),
        max_length=MAX_FILES,
        help_text="Up to 200, as many as fit in 30 MB; as files of a form, in 100 MB.",
    )


@extend_schema_field({"type": "string", "format": "binary"})
class File(serializers.FileField):
    """A file, as OpenAPI names it in a form."""


class BulkFiles(serializers.Serializer[Any]):
    """Up to 200 files in 100 MB, each as large as a picture may be (20 MB)."""

    files = serializers.ListField(child=File(), max_length=MAX_FILES, help_text="Repeat the field.")
    images = serializers.CharField(
        required=False,
        help_text="JSON: a list with test_image and meta_data for each file, in the order of the files.",
    )


class BulkPictureResult(RowResult):
    """What became of one picture: its id, or what is wrong with it."""

    exists = serializers.BooleanField(
        required=False, help_text="Whether the workspace had this picture before."
    )


class BulkPicturesAnswer(RowResults):
    """What became of all, in the order they were sent."""

    results = BulkPictureResult(many=True)


class ImageBulk(ApiView):
    """Many pictures in one call, with what became of each."""

    tag = "Images"
    noun = "images in bulk"
    action_for = {"upload_many": Action.MANAGE_SAMPLES}
    body_serializers = {"upload_many": BulkPictures}
    form_serializers = {"upload_many": BulkFiles}
    response_serializers = {"upload_many": BulkPicturesAnswer}
    stores_files = True
    parser_classes = [GuardedJSONParser, GuardedMultiPartParser]
    max_body_bytes_of = {"upload_many": MAX_UPLOAD_BYTES}
    # The same pictures are the same images, and decoding them must hold no transaction open.
    idempotent_actions = frozenset({"upload_many"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_too_large(request, MAX_FILES_BYTES)
        super().initial(request, *args, **kwargs)

    def upload_many(self, request: Request) -> Response:
        """Upload many pictures: files of a form, or base64 in JSON. One that is there already is no error."""
        is_form = str(request.content_type).startswith("multipart/")
        rows = self._files() if is_form else self._encoded()

        def write(good: list[Upload]) -> list[Any]:
            return [_result(each) for each in store_images(self.workspace, good, by=self.user)]

        return bulk_response(rows, write)

    def _files(self) -> list[Any]:
        """An Upload for each file of the form, or what is wrong with it."""
        files = self.request.FILES.getlist("files")
        if not files:
            raise ValidationError({"files": ["Send at least one file in the field files."]})
        form: Any = self.request.data
        text = form.get("images")
        facts = parse_guarded(str(text).encode()) if text else [{}] * len(files)
        if not isinstance(facts, list) or len(facts) != len(files):
            raise ValidationError({"images": ["Send a list with one object for each file."]})
        serializer = PictureFacts()
        return [
            value_or_error(partial(_upload_of_file, serializer, file, raw))
            for file, raw in zip(files, facts, strict=True)
        ]

    def _encoded(self) -> list[Any]:
        """The same for a body in JSON."""
        serializer = BulkPicture()
        return [
            value_or_error(partial(_upload_of_row, serializer, raw))
            for raw in self.validated_body()["images"]
        ]


def _upload_of_file(serializer: PictureFacts, file: Any, raw: Any) -> Upload:
    row = validate_row(serializer, raw)
    return Upload(read=partial(_read_all, file), name=file.name or "", **row)


def _upload_of_row(serializer: BulkPicture, raw: Any) -> Upload:
    row = validate_row(serializer, raw)
    data = decode_base64(row.pop("base64"))
    return Upload(read=lambda: data, **row)


def _read_all(file: Any) -> bytes:
    """All bytes of an uploaded file, from its start."""
    file.seek(0)
    return file.read()


def _result(stored: Stored | BadInput) -> Any:
    if isinstance(stored, BadInput):
        return stored
    return {"id": stored.image.pk, "exists": stored.exists}
