"""The conversation about a sample, and what of all of them waits for one person."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may
from annotator.annotation.models import Answer
from annotator.comments.models import Comment, Mention, MentionQuerySet
from annotator.datasets.models import Sample, SampleQuerySet

SHOWN = 200  # comments of one sample, the newest
SPOKEN_OF = [Answer.State.SUBMITTED, Answer.State.RETURNED, Answer.State.APPROVED]


@dataclass(frozen=True)
class ThreadComment:
    """One comment as a person reads it."""

    comment: Comment
    is_own: bool
    is_for_me: bool


def samples_to_discuss(member: Membership) -> SampleQuerySet:
    """The samples that the member may see, and everybody's gold copies for those who may read known answers.

    So what an annotator says about their copy can be answered there, and looks like any other comment.
    """
    samples = Sample.objects.visible_to(member)
    if not may(member, Action.READ_GOLD):
        return samples
    copies = Sample.objects.filter(
        only_for__isnull=False,
        dataset__workspace=member.workspace_id,
        dataset__removed_at=None,
        removed_at=None,
    )
    return samples | copies


def thread(sample: Sample, member: Membership) -> list[ThreadComment]:
    """What the member may read about the sample, the oldest first; at most SHOWN. Two queries."""
    comments = Comment.objects.visible_to(member).filter(sample=sample, removed_at=None)
    newest = comments.select_related("author", "variable", "answer__author").order_by(
        "-created_at", "-id"
    )[:SHOWN]
    waiting = Mention.objects.filter(comment__sample=sample, person=member.user_id).unread()
    mine = set(waiting.values_list("comment", flat=True))
    return [
        ThreadComment(each, each.author_id == member.user_id, each.pk in mine)
        for each in reversed(newest)
    ]


def comment_count(sample: Sample, member: Membership) -> int:
    """How many comments on the sample the member may read. One query."""
    return Comment.objects.visible_to(member).filter(sample=sample, removed_at=None).count()


def answer_spoken_of(sample: Sample, member: Membership) -> Answer | None:
    """The answer that a member's comment is about: their own, else for a reviewer the one that counts."""
    answers = Answer.objects.filter(sample=sample).select_related("author")
    own = answers.filter(author=member.user_id).first()
    if own is not None or not may(member, Action.READ_OTHERS_ANSWERS):
        return own
    return answers.filter(state__in=SPOKEN_OF).order_by("-submitted_at").first()


def waiting_for(member: Membership) -> MentionQuerySet:
    """The comments that wait for the member, the newest first, with what a list shows of them."""
    mentions = Mention.objects.visible_to(member).unread()
    return mentions.select_related(
        "comment__author", "comment__variable", "comment__sample__dataset"
    )
