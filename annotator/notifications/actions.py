"""Telling people what happened, and what they make of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.notifications.kinds import KINDS
from annotator.notifications.models import Digest, MutedKind, Notification

COLUMNS = "workspace_id, recipient_id, actor_id, kind, key, text, url, created_at"


@transaction.atomic
def notify(
    kind: str,
    to: QuerySet[Membership],
    *,
    key: str,
    text: str,
    url: str,
    by: User | None = None,
) -> int:
    """Tell these members of one workspace; how many were told. Two statements, one where nobody is told.

    Nobody is told of the same `key` twice, nobody who has muted the kind or can't sign in is told at all.
    `url` is the address of the page here where they go on. `text` is cut at 500 characters; it goes on after
    the name of the person `by` whom it was done, and never holds it: that person may delete their account.
    """
    told = to.filter(user__is_active=True).exclude(user__muted_kinds__kind=KINDS[kind].key)
    texts = [kind, key, text[:500], url]
    rows = told.order_by().values_list(
        "workspace_id",
        "user_id",
        Value(by.pk if by else None, BigIntegerField()),
        *(Value(each, CharField()) for each in texts),
        Value(timezone.now(), DateTimeField()),
    )
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        table = Notification._meta.db_table
        cursor.execute(
            f"INSERT INTO {table} ({COLUMNS}) {sql} ON CONFLICT DO NOTHING RETURNING recipient_id",
            params,
        )
        people = [pk for (pk,) in cursor.fetchall()]
    if people:
        to.filter(user__in=people).update(unread=F("unread") + 1)
    return len(people)


@transaction.atomic
def mark_read(member: Membership, **only: Any) -> None:
    """Note that the member has read theirs, or those of `only`. Idempotent."""
    unread = Notification.objects.visible_to(member).unread().filter(**only)
    if number := unread.update(read_at=timezone.now()):
        less = Greatest(F("unread") - number, 0)
        Membership.objects.filter(pk=member.pk, unread__gt=0).update(unread=less)


@transaction.atomic
def withdraw(kind: str, people: Iterable[int] | QuerySet[Any], *, key: str) -> None:
    """Delete what these users were told of `key`: it is so no more. Idempotent.

    Pass all who may have been told: roles change, and who has left a workspace may join it again.
    """
    told = Notification.objects.filter(recipient__in=people, kind=kind, key=key)
    recipients = list(told.values_list("recipient", flat=True))
    told.delete()
    count_unread(Membership.objects.filter(user__in=recipients))


def count_unread(members: QuerySet[Membership]) -> None:
    """Count anew what these members have not read: rows were deleted, or a person has joined again."""
    unread = Notification.objects.unread().filter(
        recipient=OuterRef("user"), workspace=OuterRef("workspace")
    )
    number = unread.order_by().values("recipient").annotate(number=Count("pk")).values("number")
    counted = Coalesce(Subquery(number), 0)
    members.exclude(unread=counted).update(unread=counted)


@transaction.atomic
def choose(user: User, *, every: str, kinds: Collection[str]) -> None:
    """Which `kinds` the person wants to hear of, and how often by mail."""
    digest, _ = Digest.objects.get_or_create(user=user)
    if digest.every != every:
        digest.every = every
        next_at = timezone.now() + digest.pause
        Digest.objects.filter(pk=digest.pk).update(every=every, next_at=next_at, attempts=0)
    muted = set(KINDS) - set(kinds)
    user.muted_kinds.exclude(kind__in=muted).delete()
    MutedKind.objects.bulk_create(
        [MutedKind(user=user, kind=kind) for kind in sorted(muted)], ignore_conflicts=True
    )
