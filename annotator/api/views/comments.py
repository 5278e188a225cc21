"""`/vlm/v2/comment/`: what people say about samples."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import created_filters, id_filter, integer_filter
from annotator.api.views.base import ResourceViewSet
from annotator.comments.actions import add_comment
from annotator.comments.models import Comment
from annotator.comments.queries import answer_spoken_of
from annotator.comments.serializers import CommentShape, comment_row


class Comments(ResourceViewSet):
    """What people say about samples; an annotator reads what is for them, by them, or on their answers."""

    tag = "Comments"
    noun = "a comment"
    nouns = "comments"
    action_for = {"list": Action.LABEL, "create": Action.LABEL}
    serializer_class = CommentShape
    filters = (
        id_filter("sample", "sample_id", "Comments on this sample."),
        id_filter("dataset", "sample__dataset_id", "Comments on samples of this dataset."),
        id_filter("variable", "variable_id", "Comments about this variable."),
        integer_filter("author", "Comments by the person of this id."),
        *created_filters(),
    )
    orders = ("created",)

    def rows(self) -> QuerySet[Comment]:
        return Comment.objects.visible_to(self.member).filter(removed_at=None)

    def serialize(self, row: Comment) -> dict[str, Any]:
        return comment_row(row)

    def create(self, request: Request) -> Response:
        """Say something about a sample; about one's own answer, or for a reviewer the one that counts."""
        data = self.validated_body()
        comment = add_comment(
            data["sample"],
            by=self.user,
            text=data["text"],
            answer=answer_spoken_of(data["sample"], self.member),
            variable=data.get("variable"),
        )
        return Response(comment_row(comment), status=201)
