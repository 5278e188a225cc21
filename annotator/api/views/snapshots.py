"""`/vlm/v2/snapshot/`: named states of datasets. Our own addition to the platform's API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import created_filters, id_filter
from annotator.api.views.base import ResourceViewSet
from annotator.exports import actions
from annotator.exports.serializers import SnapshotShape, snapshot_row
from annotator.snapshots.models import Snapshot


class Snapshots(ResourceViewSet):
    """Datasets as they were. One is made by an export that names it: `snapshot_name`."""

    tag = "Exports"
    noun = "a snapshot"
    nouns = "snapshots"
    action_for = {
        "list": Action.EXPORT,
        "retrieve": Action.EXPORT,
        "destroy": Action.DELETE,
    }
    serializer_class = SnapshotShape
    filters = (
        id_filter("dataset", "dataset_id", "Snapshots of this dataset."),
        *created_filters(),
    )
    orders = ("created",)

    def rows(self) -> QuerySet[Snapshot]:
        return Snapshot.objects.visible_to(self.member).select_related("dataset__workspace")

    def serialize(self, row: Snapshot) -> dict[str, Any]:
        return snapshot_row(row)

    def destroy(self, request: Request, pk: Any) -> Response:
        """Delete it for good, with the exports made from it."""
        actions.delete_snapshot(self.get_row(pk), by=self.user)
        return Response(status=204)
