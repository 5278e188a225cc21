"""`/vlm/v2/export/`: exports that a worker writes. Our own addition to the platform's API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import choice_filter, created_filters, id_filter
from annotator.api.views.base import ResourceViewSet
from annotator.api.views.models import DownloadShape
from annotator.exports import actions, jobs
from annotator.exports.formats import FORMATS
from annotator.exports.links import link_to
from annotator.exports.models import ExportJob
from annotator.exports.serializers import ExportShape, export_row


class Exports(ResourceViewSet):
    """Files for trainers and people: start one, ask how far it is, fetch it by a link."""

    tag = "Exports"
    noun = "an export"
    nouns = "exports"
    parent_field = "dataset"
    action_for = {
        "list": Action.EXPORT,
        "retrieve": Action.EXPORT,
        "create": Action.EXPORT,
        "destroy": Action.EXPORT,
        "cancel": Action.EXPORT,
        "request_download": Action.EXPORT,
    }
    serializer_class = ExportShape
    response_serializers = {"cancel": ExportShape, "request_download": DownloadShape}
    filters = (
        id_filter("dataset", "dataset_id", "Exports of this dataset."),
        choice_filter("format", list(FORMATS), "Exports in this format."),
        choice_filter("state", ExportJob.State.values, "Exports in this state."),
        *created_filters(),
    )
    orders = ("created",)

    def rows(self) -> QuerySet[ExportJob]:
        return ExportJob.objects.visible_to(self.member).select_related("dataset__workspace")

    def serialize(self, row: ExportJob) -> dict[str, Any]:
        return export_row(row)

    def create(self, request: Request) -> Response:
        """Have a worker write an export. 400 for a selection that makes no sense or has no sample."""
        data = self.validated_body()
        snapshot = data.get("snapshot")
        if snapshot is not None and snapshot.dataset_id != data["dataset"].pk:
            raise ValidationError({"snapshot": ["It is one of another dataset."]})
        job = actions.start(
            data["dataset"],
            by=self.user,
            format_name=data["format"],
            query=data.get("select", ""),
            host=self.host,
            snapshot=snapshot,
            snapshot_name=data.get("snapshot_name", ""),
        )
        jobs.enqueue(job)
        return Response(self.serialize_pk(job.pk), status=201)

    def destroy(self, request: Request, pk: Any) -> Response:
        """Delete the file before its time. 409 where there is none."""
        actions.delete(self.get_row(pk), by=self.user)
        return Response(status=204)

    def cancel(self, request: Request, pk: Any) -> Response:
        """Ask the export to stop. 409 for one that has ended."""
        actions.cancel(self.get_row(pk), by=self.user)
        return self.retrieve(request, pk)

    def request_download(self, request: Request, pk: Any) -> Response:
        """A link to the export's file that works without a token, for a limited time."""
        job = self.get_row(pk)
        if not job.is_downloadable:
            raise NotFound("This export has no file (yet, or any more).")
        return Response({"download_url": self.host + link_to(job)})
