"""`/recognition/v2/training-image/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import (
    boolean_filter,
    created_filters,
    exists_filter,
    id_filter,
    related_id_filter,
    search_filter,
)
from annotator.api.parsers import MAX_UPLOAD_BYTES
from annotator.api.views.base import SAMPLE_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets.models import SampleImage
from annotator.datasets.serializers.fields import RowIds
from annotator.errors import BadInput
from annotator.images import actions
from annotator.images.models import DetectionObject, Image
from annotator.images.serializers import (
    TrainingImageSerializer,
    TrainingImageUploadSerializer,
    already_here,
    decode_base64,
    image_row,
)

MARKS = {"mark-test": True, "unmark-test": False}


class ImagesUpdate(serializers.Serializer[Any]):
    """Images to mark, as the platform's client sends them: with `mark-test` or `unmark-test`."""

    images = RowIds(lambda member: Image.objects.visible_to(member), noun="image")

    def get_fields(self) -> dict[str, Any]:
        marks = {name: serializers.BooleanField(required=False) for name in MARKS}
        return {**super().get_fields(), **marks}


class Updated(serializers.Serializer[Any]):
    """How many images were marked."""

    updated = serializers.IntegerField()


class Images(ResourceViewSet):
    """The pictures of a workspace. The same picture twice is one image."""

    tag = "Images"
    noun = "an image"
    nouns = "images"
    action_for = SAMPLE_ACTIONS | {"update_many": Action.MANAGE_SAMPLES}
    serializer_class = TrainingImageSerializer
    body_serializers = {"create": TrainingImageUploadSerializer, "update_many": ImagesUpdate}
    response_serializers = {"update_many": Updated}
    stores_files = True
    max_body_bytes_of = {"create": MAX_UPLOAD_BYTES}
    filters = (
        search_filter("Images whose file name holds this text, in upper or lower case."),
        boolean_filter("test", "Images that were uploaded for tests, or the others.", "test_image"),
        id_filter("sample", "sample_images__sample", "Images in this sample."),
        related_id_filter(
            "detection_labels",
            DetectionObject.objects.all(),
            "label",
            "image",
            "Images with an object of this detection label.",
        ),
        exists_filter(
            "used", SampleImage.objects.all(), "image", "Images in a sample, or those in none."
        ),
        *created_filters(),
    )
    row_actions = RowActions(None, actions.update_image, actions.delete_image)

    def rows(self) -> QuerySet[Image]:
        return Image.objects.visible_to(self.member).defer("remote_state")

    def serialize(self, row: Image) -> dict[str, Any]:
        return image_row(row, self.host)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A file that is sent is stored here, before a call with a key opens its transaction."""
        super().initial(request, *args, **kwargs)
        if self.action == "create":
            self.body = self.validated_body()
            self.file = actions.store_file(self.workspace, decode_base64(self.body["base64"]))

    def create(self, request: Request) -> Response:
        image, is_new = actions.make_stored_image(
            self.workspace,
            self.file,
            name="",
            test_image=self.body["test_image"],
            meta_data=self.body.get("meta_data") or {},
            by=self.user,
        )
        if not is_new:
            raise BadInput(already_here(image))
        return Response(self.serialize(image), status=201)

    def update_many(self, request: Request) -> Response:
        """Mark images as test images, or as training images again."""
        data = self.validated_body()
        given = [test for name, test in MARKS.items() if data.get(name)]
        if len(given) != 1:
            raise BadInput("Send either mark-test or unmark-test: true.")
        ids = [image.pk for image in data["images"]]
        updated = actions.mark_test(self.workspace, ids, test=given[0], by=self.user)
        return Response({"updated": updated})
