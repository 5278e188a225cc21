"""The hot statements of the room in SQL, for both databases: those that every page and every submit needs.

Which sample may be whose is the rule of `models.AnswerQuerySet`: `tests/annotation/test_queue.py` compares
the two in every situation. Choosing and claiming are one statement: nobody comes between them. PostgreSQL
passes over rows that somebody else is claiming at this moment; on SQLite only one writes at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from annotator.accounts.models import User
from annotator.datasets.models import Dataset, Sample
from annotator.datasets.models.sample import LEASE
from annotator.leases import CLOCK_TOLERANCE

# As `SampleQuerySet.free_for`: nobody else has it open.
IS_FREE = """(s.lease_holder_id IS NULL OR s.lease_holder_id = %(user)s
    OR s.leased_until <= %(now)s OR s.leased_until > %(latest)s)"""

# As `AnswerQuerySet.awaits_label_by`.
AWAITS_LABEL = """(s.state = 'unlabeled' AND NOT EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state = 'skipped')
    OR s.state = 'returned' AND EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state = 'returned'))"""

# First what a reviewer returned, the longest waiting first; then drafts.
FIRST_OWN = """SELECT s.id FROM annotation_answer a JOIN datasets_sample s ON s.id = a.sample_id
    WHERE a.author_id = %(user)s AND s.dataset_id = %(dataset)s AND s.removed_at IS NULL
    AND (a.state = 'returned' AND s.state = 'returned' OR a.state = 'draft' AND s.state = 'unlabeled')
    AND a.state IN ('returned', 'draft') AND :is_free AND s.id NOT IN (:excluded)
    ORDER BY CASE a.state WHEN 'returned' THEN 0 ELSE 1 END,
        CASE a.state WHEN 'returned' THEN a.returned_at END, s.created_at, s.id LIMIT 1"""

FIRST_UNLABELED = """SELECT s.id FROM datasets_sample s
    WHERE s.dataset_id = %(dataset)s AND s.removed_at IS NULL AND s.state = 'unlabeled' AND :is_free
    AND NOT EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state = 'skipped')
    AND s.id NOT IN (:excluded) ORDER BY s.created_at, s.id LIMIT 1"""

CLAIM_NEXT = """UPDATE datasets_sample AS s SET lease_holder_id = %(user)s, leased_until = %(until)s
    WHERE s.id = COALESCE((:first_own :skip_locked), (:first_unlabeled :skip_locked))
    AND s.removed_at IS NULL AND :is_free AND :awaits_label RETURNING id"""

CLAIM_NAMED = """UPDATE datasets_sample AS s SET lease_holder_id = %(user)s, leased_until = %(until)s
    WHERE s.id IN (:named) AND s.dataset_id = %(dataset)s AND s.removed_at IS NULL
    AND :is_free AND :awaits_label RETURNING id"""

PARTS = {
    ":first_own": FIRST_OWN,
    ":first_unlabeled": FIRST_UNLABELED,
    ":awaits_label": AWAITS_LABEL,
    ":is_free": IS_FREE,
}

_HELD = """
    SELECT COUNT(*) FROM datasets_sample AS s
    WHERE s.dataset_id = d.id AND s.state = '{state}' AND s.removed_at IS NULL
      AND s.leased_until > %(now)s AND s.leased_until <= %(latest)s
      AND s.lease_holder_id <> %(user)s
      AND {exists} (SELECT 1 FROM annotation_answer AS a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state = '{own}')
"""

# Of every dataset of a workspace, or of one, the numbers of `Figures`, in its order.
FIGURES = f"""
    SELECT d.id, d.self_review_allowed,
      (SELECT SUM(c.number) FROM datasets_samplecount AS c
        WHERE c.dataset_id = d.id AND c.state = 'unlabeled'),
      ({_HELD.format(state="unlabeled", exists="NOT EXISTS", own="skipped")}),
      ({_HELD.format(state="returned", exists="EXISTS", own="returned")}),
      (SELECT SUM(c.number) FROM annotation_answercount AS c
        WHERE c.dataset_id = d.id AND c.state = 'submitted' AND c.sample_state = 'submitted'),
      own.skipped, own.returned, own.awaiting, own.done
    FROM datasets_dataset AS d
    LEFT JOIN (
      SELECT dataset_id,
        SUM(CASE WHEN state = 'skipped' AND sample_state = 'unlabeled'
          THEN number END) AS skipped,
        SUM(CASE WHEN state = 'returned' AND sample_state = 'returned'
          THEN number END) AS returned,
        SUM(CASE WHEN state = 'submitted' AND sample_state = 'submitted'
          THEN number END) AS awaiting,
        SUM(CASE WHEN state = 'skipped'
          OR (state IN ('submitted', 'approved') AND sample_state <> 'unlabeled')
          THEN number END) AS done
      FROM annotation_answercount WHERE author_id = %(user)s {{own}} GROUP BY dataset_id
    ) AS own ON own.dataset_id = d.id
    WHERE d.workspace_id = %(workspace)s AND d.removed_at IS NULL {{one}}
"""
FIGURES_OF_ALL = FIGURES.format(own="", one="")
FIGURES_OF_ONE = FIGURES.format(own="AND dataset_id = %(dataset)s", one="AND d.id = %(dataset)s")


def claim_next(user: User, dataset: Dataset, *, exclude_ids: Iterable[Any]) -> uuid.UUID | None:
    """The sample that this person should label next, leased to them in the same statement."""
    claimed = _claim(CLAIM_NEXT, user, dataset, excluded=[*exclude_ids] or [uuid.UUID(int=0)])
    return claimed[0] if claimed else None


def claim_named(user: User, dataset: Dataset, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the samples that await this person's label, leased to them; in the order of `ids`."""
    if not ids:
        return []
    claimed = set(_claim(CLAIM_NAMED, user, dataset, named=ids))
    return [each for each in ids if each in claimed]


def _claim(sql: str, user: User, dataset: Dataset, **lists: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Run one of the statements; `lists` are put in place of `:name`."""
    now = timezone.now()
    moments = {"now": now, "until": now + LEASE, "latest": now + LEASE + CLOCK_TOLERANCE}
    values = {name: stored_moment(moment) for name, moment in moments.items()}
    values |= {"user": user.pk, "dataset": stored_id(dataset.pk)}
    for name, part in PARTS.items():
        sql = sql.replace(name, part)
    for name, ids in lists.items():
        keys = {f"{name}_{number}": stored_id(each) for number, each in enumerate(ids)}
        sql = sql.replace(f":{name}", ", ".join(f"%({key})s" for key in keys))
        values |= keys
    skip_locked = "FOR UPDATE OF s SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(sql.replace(":skip_locked", skip_locked), values)
        return [each if isinstance(each, uuid.UUID) else uuid.UUID(each) for (each,) in cursor]


def stored_id(value: uuid.UUID) -> Any:
    """The id as the database takes it."""
    return Sample._meta.pk.get_db_prep_value(value, connection)


def stored_moment(value: datetime) -> Any:
    """The time as the database takes it."""
    return Sample._meta.get_field("leased_until").get_db_prep_value(value, connection)
