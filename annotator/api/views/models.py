"""`/vlm/v2/model/`, and the signed links to the models' archives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.limits import refuse_guess
from annotator.accounts.permissions import Action, public
from annotator.api.filters import boolean_filter, created_filters, id_filter, integer_filter
from annotator.api.views.base import ResourceViewSet
from annotator.datasets.serializers.fields import JsonObject
from annotator.downloads import zip_response
from annotator.training.card import card_of_version
from annotator.training.comparisons import usual_before
from annotator.training.models import ModelVersion
from annotator.training.serializers import (
    ComparisonShape,
    ModelShape,
    comparison_row,
    model_row,
)

signer = TimestampSigner(salt="annotator.api.model-download")


class DownloadShape(serializers.Serializer[Any]):
    """Where the archive can be fetched for a while, without a token."""

    download_url = serializers.URLField()


class CardShape(serializers.Serializer[Any]):
    """The card of a model: docs/training.md#local-training."""

    card = JsonObject(help_text="Base, parameters, data, schema, prompts, machine, times.")


class Models(ResourceViewSet):
    """What training left. Models are made by training alone."""

    tag = "Models"
    noun = "a model"
    nouns = "models"
    action_for = {
        "list": Action.READ,
        "retrieve": Action.READ,
        "request_download": Action.EXPORT,
        "card": Action.READ,
        "compare": Action.READ,
    }
    serializer_class = ModelShape
    response_serializers = {
        "request_download": DownloadShape,
        "card": CardShape,
        "compare": ComparisonShape,
    }
    filters = (
        id_filter("task", "task_id", "Models of this task."),
        integer_filter("version", "Models of this version."),
        boolean_filter(
            "production", "Production versions of their tasks, or the others.", "is_production"
        ),
        *created_filters(),
    )
    orders = ("created", "version")

    def rows(self) -> QuerySet[ModelVersion]:
        versions = ModelVersion.objects.visible_to(self.member).select_related("task")
        in_production = Q(version=F("task__production_version"))
        return versions.annotate(is_production=ExpressionWrapper(in_production, BooleanField()))

    def serialize(self, row: ModelVersion) -> dict[str, Any]:
        return model_row(row)

    def request_download(self, request: Request, pk: Any) -> Response:
        """A link to the model's archive that works without a token, for a limited time."""
        version = self.get_row(pk)
        if _archive(version) is None:
            raise NotFound("There is no archive of this model here.")
        name = f"{slugify(version.task.name) or 'model'}-{version.version}.zip"
        path = reverse("api:model-archive", args=[signer.sign(str(version.pk)), name])
        return Response({"download_url": self.host + path})

    def card(self, request: Request, pk: Any) -> Response:
        """What the model was made of, as its archive keeps it. 404 for one without a card."""
        card = card_of_version(self.get_row(pk))
        if not card:
            raise NotFound("There is no card of this model here.")
        return Response({"card": card})

    def compare(self, request: Request, pk: Any) -> Response:
        """The model beside another one of its task, on the test samples of both."""
        after = self.get_row(pk)
        versions = list(after.task.versions.all())
        before = usual_before(after, versions)
        if wanted := request.query_params.get("before", ""):
            before = next((each for each in versions if str(each.pk) == wanted.lower()), None)
        if before is None:
            raise NotFound("There is no such other model of this task.")
        return Response(comparison_row(before, after))


@public
@require_safe
def model_archive(request: HttpRequest, signed: str, name: str) -> HttpResponseBase:
    """The archive behind a link of `request_download`: whoever has the link may fetch it until it ends."""
    try:
        pk = signer.unsign(signed, max_age=settings.MODEL_LINK_SECONDS)
    except SignatureExpired:
        return JsonResponse({"detail": "This link has ended. Ask for a new one."}, status=410)
    except BadSignature:
        return refuse_guess(request) or JsonResponse({"detail": "Not found."}, status=404)
    version = ModelVersion.objects.filter(pk=pk, task__removed_at=None).first()
    archive = _archive(version) if version else None
    if archive is None:
        return JsonResponse({"detail": "Not found."}, status=404)
    return zip_response(archive, name)


def _archive(version: ModelVersion) -> Path | None:
    """The file of the archive, None when there is none (any more)."""
    if not version.archive:
        return None
    path = Path(settings.MODELS_ROOT) / version.archive
    return path if path.is_file() else None
