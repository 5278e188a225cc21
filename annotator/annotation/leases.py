"""Who has a sample open: held while its page is open, released when it is left, left to who asks for it.

Whoever wants to take over a sample asks its holder first, who says yes or no. What was asked is void once the
lease ends, and an idle page does not renew one that somebody asks for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may
from annotator.annotation import sql
from annotator.datasets.models import Dataset, Sample, SampleQuerySet
from annotator.datasets.models.sample_queryset import LEASE
from annotator.errors import WrongState
from annotator.leases import is_reached

RENEWAL = timedelta(minutes=1)  # between two calls in which an idle page renews its leases


def lease(
    sample: Sample,
    user: User,
    *,
    at_hand: Sequence[Any],
    renewal: str,
    take_over: bool = False,
    is_idle: bool = False,
) -> dict[str, Any]:
    """Hold the open sample for the person, and those `at_hand` that its page has loaded; one UPDATE.

    Not the open one when it has left the state in which it was read, and of the others only those that
    still await this person, as the `renewal` of `sql` says: with what they have done elsewhere they must
    keep nobody waiting.

    {"held": true, "until"}, or {"held": false, "by", "asked", "until"} with the name of the holder when
    somebody else has the open one, and whether this person has asked them for it: `take_over` does.
    "wanted_by" is who asks this person for it: then an idle page renews nothing. `until` is the end of the
    leases, see `milliseconds`.
    """
    wanted_by = sample.wanted_from(user)
    if wanted_by is not None and is_idle and sample.leased_until:
        end = milliseconds(sample.leased_until)
        return {"held": True, "until": end, "wanted_by": wanted_by.display_name}
    until = timezone.now() + LEASE
    if take_over:
        ask_for(sample, user)
    held = sql.renew(renewal, user, sample, at_hand=at_hand, until=until)
    body: dict[str, Any] = {"held": True, "until": milliseconds(until)}
    if wanted_by is not None:
        body["wanted_by"] = wanted_by.display_name
    if sample.pk in held:
        return body
    return body | _held_by_another(sample, user)


def _held_by_another(sample: Sample, user: User) -> dict[str, Any]:
    """Who has the sample open by now, and whether this person has asked them for it; nothing for nobody."""
    sample.refresh_from_db(fields=["lease_holder", "leased_until", "lease_wanted_by"])
    holder = sample.other_holder(user)
    if holder is None:
        return {}
    is_asked = sample.lease_wanted_by_id == user.pk
    return {"held": False, "by": holder.display_name, "asked": is_asked}


def lease_context(sample: Sample, member: Membership, *, closed: bool) -> dict[str, Any]:
    """Who else has the sample open, who asks this person for it."""
    return {
        "holder": None if closed else sample.other_holder(member.user),
        "wanted_by": None if closed else sample.wanted_from(member.user),
        "can_take_over": may(member, Action.BREAK_LEASE),
    }


def release(
    dataset: Dataset, sample_ids: Iterable[Any], user: User, *, until: float = math.inf
) -> None:
    """End this person's own leases of samples that their page had loaded and does not need any more.

    `until`: no later lease than this, see `milliseconds`; another page of theirs has taken it.
    """
    samples = Sample.objects.filter(dataset=dataset, pk__in=list(sample_ids), lease_holder=user)
    if until < math.inf:
        samples = samples.filter(leased_until__lte=datetime.fromtimestamp(until / 1000, UTC))
    samples.end_leases()


def milliseconds(moment: datetime) -> int:
    """Since 1970, rounded up: a script of the page compares and sends it."""
    return math.ceil(moment.timestamp() * 1000)


def known_until(data: QueryDict) -> int:
    """The latest end of a lease that the page knows of, as it posted it; 0 for none."""
    text = data.get("until", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0


def freshly_held_until(sample: Sample, user: User) -> int | None:
    """Until when this person holds the sample; None when the page must take or renew the lease at once."""
    until = sample.leased_until
    if until is None or sample.lease_holder_id != user.pk:
        return None
    is_old = is_reached(until - LEASE + RENEWAL, longest=LEASE)
    return None if is_old else milliseconds(until)


def ask_for(sample: Sample, user: User) -> bool:
    """Ask who has the sample open to leave it to this person; False when nobody has, or another asks."""
    held = Sample.objects.filter(pk=sample.pk).held().exclude(lease_holder=user)
    return bool(held.filter(lease_wanted_by=None).update(lease_wanted_by=user))


def leave(sample: Sample, *, by: User) -> None:
    """Leave the sample to who asks for it. Raises WrongState when nobody does (any more)."""
    now = timezone.now()
    changed = _asked_of(sample, by).update(
        lease_holder=F("lease_wanted_by"),
        leased_at=now,
        leased_until=now + LEASE,
        lease_wanted_by=None,
    )
    _require(changed)


def keep(sample: Sample, *, by: User) -> None:
    """Keep the sample that somebody asks for. Raises WrongState when nobody does (any more)."""
    _require(_asked_of(sample, by).update(lease_wanted_by=None))


def _asked_of(sample: Sample, holder: User) -> SampleQuerySet:
    mine = Sample.objects.filter(pk=sample.pk, lease_holder=holder).held()
    return mine.filter(lease_wanted_by__isnull=False)


def _require(changed: int) -> None:
    if not changed:
        raise WrongState("Nobody asks for this sample any more.")
