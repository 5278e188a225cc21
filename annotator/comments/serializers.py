"""Comments as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.comments.models import MAX_CHARACTERS, Comment
from annotator.comments.queries import samples_to_discuss
from annotator.datasets.models import Variable
from annotator.datasets.serializers.fields import RowId, wire_time

TEXT_HELP = "Who is named in it as @name, by user name, is told."


class CommentShape(serializers.Serializer[Comment]):
    """What somebody says about a sample, or about one variable of it."""

    id = serializers.IntegerField(read_only=True)
    sample = RowId(samples_to_discuss, noun="sample")
    variable = RowId(
        lambda member: Variable.objects.visible_to(member),
        noun="variable",
        required=False,
        allow_null=True,
        help_text="The one that it is about; none: the whole sample.",
    )
    author = serializers.IntegerField(read_only=True, help_text="The id of the person.")
    text = serializers.CharField(max_length=MAX_CHARACTERS, help_text=TEXT_HELP)
    created = serializers.DateTimeField(read_only=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The variable is one of the sample's dataset."""
        variable = data.get("variable")
        if variable is not None and variable.dataset_id != data["sample"].dataset_id:
            message = "This variable is of another dataset than the sample."
            raise serializers.ValidationError({"variable": [message]})
        return data


def comment_row(comment: Comment) -> dict[str, Any]:
    """One comment."""
    return {
        "id": comment.pk,
        "sample": comment.sample_id,
        "variable": comment.variable_id,
        "author": comment.author_id,
        "text": comment.text,
        "created": wire_time(comment.created_at),
    }
