"""Comments on samples, and the people for whom each is."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may, visible
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample, Variable

MAX_CHARACTERS = 2000


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments by who may read them."""

    def visible_to(self, member: Membership) -> CommentQuerySet:
        """All of the workspace for those who may read others' answers.

        An annotator reads what is on their own answers, what they wrote and what is for them: a comment may
        tell what somebody else has answered. None of it on a gold sample that they are tested with.
        """
        rows = self.filter(
            sample__dataset__workspace=member.workspace_id,
            sample__dataset__removed_at=None,
            sample__removed_at=None,
        )
        if may(member, Action.READ_OTHERS_ANSWERS):
            return rows
        user = member.user_id
        is_for_them = Exists(Mention.objects.filter(comment=OuterRef("pk"), person=user))
        own = Q(author=user) | Q(answer__author=user) | is_for_them
        is_shown = Sample.objects.shown_to(member, path="sample__")
        return visible(rows.filter(own, is_shown), member, Action.LABEL)


class Comment(models.Model):
    """What somebody says about a sample, or one variable of it. Its text is never changed, only removed."""

    sample = models.ForeignKey(
        Sample,
        on_delete=models.CASCADE,
        db_index=False,  # comment_in_order begins with it
        related_name="comments",
    )
    answer = models.ForeignKey(
        Answer, on_delete=models.SET_NULL, null=True, related_name="comments"
    )  # the one that it is about: its author may read it
    variable = models.ForeignKey(Variable, on_delete=models.CASCADE, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    text = models.CharField(max_length=MAX_CHARACTERS)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["sample", "created_at", "id"], name="comment_in_order"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class MentionQuerySet(models.QuerySet["Mention"]):
    """Mentions by whose they are and whether they wait."""

    def visible_to(self, member: Membership) -> MentionQuerySet:
        """The member's own, in their workspace."""
        comments = Comment.objects.visible_to(member).filter(removed_at=None)
        mine = self.filter(person=member.user_id, comment__in=comments)
        return visible(mine, member, Action.LABEL)

    def unread(self) -> MentionQuerySet:
        """Those that their person has not answered or put aside: what a notification tells."""
        return self.filter(read_at=None)


class Mention(models.Model):
    """A person for whom a comment is: named in it, or part of the conversation on an answer."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        db_index=False,  # mention_unread and mention_once serve it
        related_name="+",
    )
    read_at = models.DateTimeField(null=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "comment"], name="mention_once"),
        ]
        indexes = [
            models.Index(
                fields=["person", "-id"], condition=Q(read_at=None), name="mention_unread"
            ),
        ]
