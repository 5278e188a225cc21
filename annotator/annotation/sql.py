"""The hot statements of the room in SQL, for both databases: those that every page and every submit needs.

Which sample may be whose is the rule of `models.AnswerQuerySet`: `tests/annotation/test_queue.py` compares
the two in every situation. Choosing and claiming are one statement: nobody comes between them. PostgreSQL
passes over rows that somebody else is claiming at this moment; on SQLite only one writes at a time.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.gold import Turn
from annotator.datasets.models import Dataset, LabelingOrder, Sample
from annotator.datasets.models.sample_queryset import LEASE
from annotator.leases import CLOCK_TOLERANCE

# As `SampleQuerySet.hold`.
IS_MINE = (
    "s.lease_holder_id = %(user)s AND s.leased_until > %(now)s AND s.leased_until <= %(latest)s"
)
LEASE_TO_ME = f"""lease_holder_id = %(user)s, leased_until = %(until)s,
    leased_at = CASE WHEN {IS_MINE} THEN s.leased_at ELSE %(now)s END,
    lease_wanted_by_id = CASE WHEN {IS_MINE} THEN s.lease_wanted_by_id END"""

# As `SampleQuerySet.free_for`: nobody else has it open.
IS_FREE = """(s.lease_holder_id IS NULL OR s.lease_holder_id = %(user)s
    OR s.leased_until <= %(now)s OR s.leased_until > %(latest)s)"""

# As `AssignmentQuerySet.to`.
MINE = """(SELECT p.assignment_id FROM datasets_assignment_people p WHERE p.user_id = %(user)s)"""

# Assigned to nobody, or to this person.
IS_FOR_ME = "(s.assignment_id IS NULL OR s.assignment_id IN :mine)"

DONE = "('skipped', 'collected')"  # as `Answer.DONE_STATES`

# As `AnswerQuerySet.awaits_label_by`.
AWAITS_LABEL = """(s.only_for_id IS NULL OR s.only_for_id = %(user)s)
    AND (s.state = 'unlabeled' AND :is_for_me AND NOT EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state IN :done)
    OR s.state = 'returned' AND EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state = 'returned'))"""

# First what a reviewer returned, the longest waiting first; then drafts. SQLite reads the tables of a CROSS
# JOIN in this order: not knowing that a person has few open answers, it would look through all samples.
FIRST_OWN = """SELECT s.id FROM annotation_answer a CROSS JOIN datasets_sample s
    WHERE s.id = a.sample_id AND a.author_id = %(user)s
    AND s.dataset_id = %(dataset)s AND s.removed_at IS NULL
    AND (a.state = 'returned' AND s.state = 'returned'
        OR a.state = 'draft' AND s.state = 'unlabeled' AND :is_for_me)
    AND a.state IN ('returned', 'draft') AND :is_free AND s.id NOT IN (:excluded)
    ORDER BY CASE a.state WHEN 'returned' THEN 0 ELSE 1 END,
        CASE a.state WHEN 'returned' THEN a.returned_at END, s.created_at, s.id LIMIT 1"""

# Of each assignment its first sample, from an index; of these the one that is due first.
FIRST_ASSIGNED = """SELECT each.id FROM (
    SELECT g.due_on, g.id AS assignment, (SELECT s.id FROM datasets_sample s
        WHERE s.assignment_id = g.id AND s.removed_at IS NULL AND s.state = 'unlabeled' AND :is_free
        AND NOT EXISTS (SELECT 1 FROM annotation_answer a
            WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state IN :done)
        AND s.id NOT IN (:excluded) ORDER BY s.created_at, s.id LIMIT 1 :skip_locked) AS id
    FROM datasets_assignment g WHERE g.dataset_id = %(dataset)s AND g.id IN :mine) AS each
    WHERE each.id IS NOT NULL ORDER BY each.due_on IS NULL, each.due_on, each.assignment LIMIT 1"""

FIRST_UNLABELED = """SELECT s.id FROM datasets_sample s
    WHERE s.dataset_id = %(dataset)s AND s.removed_at IS NULL AND s.state = 'unlabeled'
    AND s.assignment_id IS NULL AND s.only_for_id IS NULL AND :is_free
    AND NOT EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state IN :done)
    AND s.id NOT IN (:excluded) ORDER BY :labeling_order LIMIT 1"""

# The person's own copies of gold samples that they have not answered. Ids are random, and so is the order.
AVAILABLE_GOLD = """FROM datasets_sample s JOIN datasets_sample g ON g.id = s.gold_of_id
    WHERE s.only_for_id = %(user)s AND s.removed_at IS NULL AND s.state = 'unlabeled'
    AND g.is_gold AND g.removed_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM annotation_answer a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state IN :done)"""

FIRST_GOLD = f"""SELECT s.id {AVAILABLE_GOLD} AND s.dataset_id = %(dataset)s AND :is_free
    AND s.id NOT IN (:excluded) ORDER BY s.id LIMIT 1"""

CLAIM_NEXT = """UPDATE datasets_sample AS s SET :lease
    WHERE s.id = COALESCE(:choices)
    AND s.removed_at IS NULL AND :is_free AND :awaits_label RETURNING id"""
# Of which the first that there is is claimed.
CHOICES = {
    Turn.OTHERS: "(:first_own :skip_locked), (:first_assigned), (:first_unlabeled :skip_locked)",
    Turn.GOLD: "(:first_gold :skip_locked), (:first_own :skip_locked), (:first_assigned),"
    " (:first_unlabeled :skip_locked)",
    Turn.ONLY_GOLD: "(:first_gold :skip_locked), NULL",
}

CLAIM_NEXT_BY_ORDER = {
    (turn, order): CLAIM_NEXT.replace(":choices", choices)
    .replace(":first_unlabeled", FIRST_UNLABELED)
    .replace(":labeling_order", ", ".join(f"s.{column}" for column in order.columns))
    for turn, choices in CHOICES.items()
    for order in LabelingOrder
}

# Those that the page renews at this very moment are passed over: who waited for them, holding the sample that
# was submitted, might wait for somebody who waits for that one.
CLAIM_NAMED = """UPDATE datasets_sample AS s SET :lease
    WHERE s.id IN (SELECT s.id FROM datasets_sample s WHERE s.id IN (:named) :skip_locked)
    AND :in_dataset AND s.removed_at IS NULL
    AND :is_free AND :awaits_label RETURNING id"""
CLAIM_NAMED_GOLD = CLAIM_NAMED.replace(":is_free", ":is_free AND s.only_for_id = %(user)s")

# The open sample unless its state has changed, and of those that its page has loaded what awaits the person.
RENEW = """UPDATE datasets_sample AS s SET :lease
    WHERE (s.id = %(sample)s AND s.state = %(state)s OR s.id IN (:named) AND :awaits)
    AND :in_dataset AND s.removed_at IS NULL AND :is_free RETURNING id"""
RENEW_TO_LABEL = RENEW.replace(":awaits", ":awaits_label")
RENEW_TO_REVIEW = RENEW.replace(":awaits", "s.state = 'submitted'")

PARTS = {
    ":lease": LEASE_TO_ME,
    ":first_gold": FIRST_GOLD,
    ":first_own": FIRST_OWN,
    ":first_assigned": FIRST_ASSIGNED,
    ":awaits_label": AWAITS_LABEL,
    ":is_free": IS_FREE,
    ":is_for_me": IS_FOR_ME,
    ":mine": MINE,
    ":done": DONE,
}

_HELD = """
    SELECT COUNT(*) FROM datasets_sample AS s
    WHERE s.dataset_id = d.id AND s.state = '{state}' AND s.removed_at IS NULL
      AND s.leased_until > %(now)s AND s.leased_until <= %(latest)s
      AND s.lease_holder_id <> %(user)s AND s.only_for_id IS NULL {is_for_me}
      AND {exists} (SELECT 1 FROM annotation_answer AS a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state IN {own})
"""

_HELD_UNLABELED = _HELD.format(
    state="unlabeled",
    exists="NOT EXISTS",
    own=DONE,
    is_for_me=f"AND {IS_FOR_ME}".replace(":mine", MINE),
)
_HELD_RETURNED = _HELD.format(state="returned", exists="EXISTS", own="('returned')", is_for_me="")

# By dataset, of what is assigned to the person: samples to label, those that they have not done, when the
# first of these are due.
_ASSIGNED = f"""
    SELECT dataset_id, SUM(number) AS number, SUM(number - done) AS awaiting,
      MIN(CASE WHEN number > done THEN due_on END) AS due_on
    FROM (
      SELECT g.dataset_id, g.due_on,
        COALESCE((SELECT SUM(c.number) FROM datasets_assignmentcount AS c
          WHERE c.assignment_id = g.id AND c.state = 'unlabeled'), 0) AS number,
        COALESCE((SELECT SUM(c.number) FROM annotation_answercount AS c
          WHERE c.author_id = %(user)s AND c.dataset_id = g.dataset_id AND c.assignment_id = g.id
          AND c.state IN {DONE} AND c.sample_state = 'unlabeled'), 0) AS done
      FROM datasets_assignment AS g WHERE g.id IN {MINE}
    ) AS each GROUP BY dataset_id
"""

# Of every dataset of a workspace, or of one, the numbers of `Figures`, in its order.
FIGURES = f"""
    SELECT d.id, mine.due_on, d.self_review_allowed,
      (SELECT SUM(c.number) FROM datasets_samplecount AS c
        WHERE c.dataset_id = d.id AND c.state = 'unlabeled'),
      ({_HELD_UNLABELED}),
      ({_HELD_RETURNED}),
      (SELECT SUM(c.number) FROM annotation_answercount AS c
        WHERE c.dataset_id = d.id AND c.state = 'submitted' AND c.sample_state = 'submitted'),
      own.unlabeled, own.returned, own.awaiting, own.done,
      (SELECT SUM(c.number) FROM datasets_assignmentcount AS c
        WHERE c.dataset_id = d.id AND c.state = 'unlabeled'),
      mine.number, mine.awaiting,
      (SELECT COUNT(*) FROM annotation_answer AS a
        WHERE a.first_reviewer_id = %(user)s AND a.dataset_id = d.id AND a.state = 'submitted'),
      d.gold_every,
      (SELECT COUNT(*) {AVAILABLE_GOLD.replace(":done", DONE)} AND s.dataset_id = d.id AND d.gold_every > 0)
    FROM datasets_dataset AS d
    LEFT JOIN (
      SELECT dataset_id,
        SUM(CASE WHEN state IN {DONE} AND sample_state = 'unlabeled'
          AND (assignment_id IS NULL OR assignment_id IN {MINE}) THEN number END) AS unlabeled,
        SUM(CASE WHEN state = 'returned' AND sample_state = 'returned'
          THEN number END) AS returned,
        SUM(CASE WHEN state IN ('submitted', 'collected') AND sample_state = 'submitted'
          THEN number END) AS awaiting,
        SUM(CASE WHEN state IN {DONE}
          OR (state IN ('submitted', 'approved') AND sample_state <> 'unlabeled')
          THEN number END) AS done
      FROM annotation_answercount WHERE author_id = %(user)s {{own}} GROUP BY dataset_id
    ) AS own ON own.dataset_id = d.id
    LEFT JOIN ({_ASSIGNED}) AS mine ON mine.dataset_id = d.id
    WHERE d.workspace_id = %(workspace)s AND d.removed_at IS NULL {{one}}
"""
FIGURES_OF_ALL = FIGURES.format(own="", one="")
FIGURES_OF_ONE = FIGURES.format(own="AND dataset_id = %(dataset)s", one="AND d.id = %(dataset)s")


def claim_next(
    user: User, dataset: Dataset, *, exclude_ids: Iterable[Any], turn: Turn = Turn.OTHERS
) -> uuid.UUID | None:
    """The sample that this person should label next, leased to them in the same statement."""
    sql = CLAIM_NEXT_BY_ORDER[turn, LabelingOrder(dataset.labeling_order)]
    claimed = _lease(sql, user, dataset.pk, excluded=[*exclude_ids])
    return claimed[0] if claimed else None


LEASED_UNTIL = Sample._meta.get_field("leased_until")
AGAIN_AFTER = (0.01, 0.03, 0.1, 0.2)  # seconds


def claim_named(
    user: User, dataset: Dataset, ids: Sequence[uuid.UUID], *, turn: Turn = Turn.OTHERS
) -> list[uuid.UUID]:
    """Those of the samples that await this person's label, leased to them; in the order of `ids`.

    Where rows are locked, one may be locked by a claim that passes it over, until that ends: tried again.
    """
    if not ids:
        return []
    sql = CLAIM_NAMED_GOLD if turn == Turn.ONLY_GOLD else CLAIM_NAMED
    claimed = set(_lease(sql, user, dataset.pk, named=ids))
    for pause in AGAIN_AFTER if connection.features.has_select_for_update_skip_locked else ():
        if claimed:
            break
        time.sleep(pause)
        claimed = set(_lease(sql, user, dataset.pk, named=ids))
    return [each for each in ids if each in claimed]


def renew(
    sql: str, user: User, sample: Sample, *, at_hand: Sequence[uuid.UUID], until: datetime
) -> list[uuid.UUID]:
    """Those of the sample and `at_hand` that are leased to the person now, by one of the RENEW statements."""
    open_sample = {"sample": stored_id(sample.pk), "state": sample.state}
    return _lease(sql, user, sample.dataset_id, open_sample, until=until, named=at_hand)


def _lease(
    sql: str,
    user: User,
    dataset_id: uuid.UUID,
    values: Mapping[str, Any] = MappingProxyType({}),
    *,
    until: datetime | None = None,
    **lists: Sequence[uuid.UUID],
) -> list[uuid.UUID]:
    """Run one of the statements; `lists` are put in place of `:name`, no id for an empty one."""
    now = timezone.now()
    moments = {"now": now, "until": until or now + LEASE, "latest": now + LEASE + CLOCK_TOLERANCE}
    params = {name: stored_moment(moment) for name, moment in moments.items()}
    params |= {"user": user.pk, "dataset": stored_id(dataset_id), **values}
    sizes = []
    for name, ids in lists.items():
        stored = [stored_id(each) for each in ids or [uuid.UUID(int=0)]]
        params |= {f"{name}_{number}": each for number, each in enumerate(stored)}
        sizes.append((name, len(stored)))
    with connection.cursor() as cursor:
        cursor.execute(_composed(sql, tuple(sizes), connection.vendor), params)
        return [each if isinstance(each, uuid.UUID) else uuid.UUID(each) for (each,) in cursor]


@lru_cache(maxsize=200)
def _composed(sql: str, sizes: tuple[tuple[str, int], ...], vendor: str) -> str:
    """The statement with its parts, and with as many placeholders for each list as it has ids."""
    for name, part in PARTS.items():
        sql = sql.replace(name, part)
    for name, size in sizes:
        places = ", ".join(f"%({name}_{number})s" for number in range(size))
        sql = sql.replace(f":{name}", places)
    # SQLite would look through the dataset for samples that are named: a "+" keeps it from the index.
    in_dataset = "+s.dataset_id" if vendor == "sqlite" else "s.dataset_id"
    sql = sql.replace(":in_dataset", f"{in_dataset} = %(dataset)s")
    skip_locked = "FOR UPDATE OF s SKIP LOCKED" if vendor == "postgresql" else ""
    return sql.replace(":skip_locked", skip_locked)


def stored_id(value: uuid.UUID) -> Any:
    """The id as the database takes it."""
    return Sample._meta.pk.get_db_prep_value(value, connections[DEFAULT_DB_ALIAS])


def stored_moment(value: datetime) -> Any:
    """The time as the database takes it."""
    return LEASED_UNTIL.get_db_prep_value(value, connections[DEFAULT_DB_ALIAS])
