"""The wire shapes of images, labels and objects: docs/platform.md#neighbours."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC
from typing import Any

from django.conf import settings
from rest_framework import serializers

from annotator.errors import BadInput
from annotator.images.models import Image


def decode_base64(text: Any) -> bytes:
    """The bytes of `data:image/jpeg;base64,…` or of bare base64; BadInput for anything else."""
    if not isinstance(text, str) or not text:
        raise _bad_upload("Send the picture as base64.")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    text = "".join(text.split())
    if len(text) > settings.IMAGE_MAX_BYTES * 4 // 3 + 4:
        raise _bad_upload(
            f"The limit is {settings.IMAGE_MAX_BYTES // 1_000_000} MB. Make it smaller."
        )
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _bad_upload("This is not base64. Send the file's bytes in base64.") from None


def _bad_upload(message: str) -> BadInput:
    return BadInput(message, fields={"base64": [message]})


def already_here(image: Image) -> str:
    """The error of a second upload; the platform's client reads the id from it."""
    return f"The image ID: {image.pk} already exists in this workspace."


class AbsoluteURLField(serializers.CharField):
    """A path of ours with the host of the request in front."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: str) -> str:
        request = self.context.get("request")
        return request.build_absolute_uri(value) if request else value


class TrainingImageSerializer(serializers.ModelSerializer[Image]):
    """One image as `training-image` shows it."""

    created = serializers.DateTimeField(source="created_at", read_only=True)
    img_path = AbsoluteURLField(source="original_url")
    thumb_img_path = AbsoluteURLField(source="thumb_url")
    img_width = serializers.IntegerField(source="width_px", read_only=True)
    img_height = serializers.IntegerField(source="height_px", read_only=True)
    meta_data = serializers.DictField(required=False)
    labels = serializers.SerializerMethodField()
    workspace = serializers.UUIDField(source="workspace_id", read_only=True)

    class Meta:
        model = Image
        fields = [
            "id",
            "created",
            "img_path",
            "thumb_img_path",
            "img_width",
            "img_height",
            "test_image",
            "meta_data",
            "labels",
            "workspace",
        ]

    def get_labels(self, image: Image) -> list[str]:
        """Labels of recognition tasks, which are no part of this product: always empty."""
        return []


def image_row(image: Image, host: str) -> dict[str, Any]:
    """As TrainingImageSerializer, several times as fast: lists are made of it. `host`: https://name."""
    created_at = image.created_at.astimezone(UTC)
    return {
        "id": image.pk,
        "created": created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "img_path": host + image.original_url,
        "thumb_img_path": host + image.thumb_url,
        "img_width": image.width_px,
        "img_height": image.height_px,
        "test_image": image.test_image,
        "meta_data": image.meta_data,
        "labels": [],
        "workspace": image.workspace_id,
    }


class TrainingImageUploadSerializer(serializers.Serializer[Image]):
    """What an upload may carry. `noresize` is accepted and changes nothing: nothing is resized."""

    base64 = serializers.CharField(write_only=True)
    noresize = serializers.BooleanField(required=False)
    test_image = serializers.BooleanField(default=False)
    meta_data = serializers.DictField(required=False, allow_null=True)
