"""Saying something about a sample, taking it back, and having read it."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action
from annotator.annotation.models import Answer
from annotator.comments.models import MAX_CHARACTERS, Comment, Mention
from annotator.comments.notices import tell_people, withdraw_comment
from annotator.datasets.models import Sample, Variable
from annotator.errors import BadInput, WrongState
from annotator.names import storable

NAMED = re.compile(r"(?<![\w@])@([\w.@+-]+)")  # a user name as Django allows it


@transaction.atomic
def add_comment(
    sample: Sample,
    *,
    by: User,
    text: str,
    answer: Answer | None = None,
    variable: Variable | None = None,
) -> Comment:
    """Say something about the sample, one variable of it, or an answer to it.

    It is for the members that the text names (`@name`), and on an answer for its author and all who have
    spoken about it. What waited for `by` on the sample is answered. Raises BadInput without a text, or with
    more than MAX_CHARACTERS.
    """
    text = storable(text).strip()
    if not 0 < len(text) <= MAX_CHARACTERS:
        message = f"Write 1 to {MAX_CHARACTERS:,} characters."
        raise BadInput(message, fields={"text": [message]})
    comment = Comment.objects.create(
        sample=sample, answer=answer, variable=variable, author=by, text=text
    )
    people = (_named(text, sample) | _in_conversation(answer, sample)) - {by.pk}
    Mention.objects.bulk_create(
        Mention(comment=comment, person_id=person) for person in sorted(people)
    )
    tell_people(comment, people)
    read(Mention.objects.filter(person=by, comment__sample=sample).values_list("pk", flat=True))
    return comment


def _members(sample: Sample) -> dict[int, str]:
    """The names by which the people of the sample's workspace are named, by id.

    Of a gold sample not those who may be tested with it: a comment may tell its answer. Of a gold copy only
    its annotator and those who may read known answers: nobody else can open it.
    """
    members = Membership.objects.filter(workspace=sample.dataset.workspace_id, user__is_active=True)
    if sample.is_gold or sample.only_for_id:
        authors = Answer.objects.filter(sample=sample).values("author")
        its_own = Q(user__in=authors) | Q(user=sample.only_for_id)
        members = members.who_may(Action.READ_GOLD) | members.filter(its_own)
    return {pk: name.casefold() for pk, name in members.values_list("user", "user__username")}


def _named(text: str, sample: Sample) -> set[int]:
    """The members whose user names stand in the text behind an @; a full stop after one is none of it."""
    written = {name.casefold() for name in NAMED.findall(text)}
    written |= {name.rstrip(".@+-") for name in written}
    if not written:
        return set()
    return {pk for pk, name in _members(sample).items() if name in written}


def _in_conversation(answer: Answer | None, sample: Sample) -> set[int]:
    if answer is None:
        return set()
    spoke = Comment.objects.filter(answer=answer, removed_at=None).values_list("author", flat=True)
    return ({answer.author_id} | set(spoke)) & set(_members(sample))


@transaction.atomic
def remove_comment(comment: Comment, *, by: User) -> None:
    """Take one's own comment back: its text is shown to nobody any more. WrongState for another's."""
    mine = Comment.objects.filter(pk=comment.pk, author=by, removed_at=None)
    if not mine.update(removed_at=timezone.now()):
        raise WrongState("Only its author can take a comment back, once.")
    withdraw_comment(comment)


def read(mentions: Collection[int]) -> None:
    """Note that these mentions, by their ids, wait no longer. Idempotent."""
    Mention.objects.filter(pk__in=mentions, read_at=None).update(read_at=timezone.now())
