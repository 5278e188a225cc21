"""`Idempotency-Key`: the same POST sent twice has its effect once, and both calls get the same response.

The claim on the key is committed first, then the effect together with its response. A server that dies in
between leaves a claim without an effect, which expires.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.models import User
from annotator.api.models import CLAIM_EXPIRES_AFTER, KEPT_FOR, IdempotentCall
from annotator.errors import WrongState
from annotator.leases import is_reached

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
Handler = Callable[..., Response]


class KeyReused(APIException):
    """The key was used for another call."""

    status_code = 422
    default_detail = "This Idempotency-Key came with another call before. Use a new one."


def once(handler: Handler, user: User) -> Handler:
    """The handler of a POST, with one effect for each key of this user."""

    def call(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers[HEADER]
        if not KEY.fullmatch(key):
            raise ValidationError(
                {"detail": f"{HEADER} must be 1 to 255 printable characters without spaces."}
            )
        claim = _claim(user, key, _fingerprint(request))
        if claim.status is not None:
            return _replay(claim)
        try:
            with transaction.atomic():
                response = handler(request, *args, **kwargs)
                _save_response(claim, response)
        except BaseException:
            IdempotentCall.objects.filter(pk=claim.pk, status=None).delete()
            raise
        return response

    return call


def forget_old() -> int:
    """Delete expired responses; returns how many."""
    old = IdempotentCall.objects.filter(claimed_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def _claim(user: User, key: str, fingerprint: str) -> IdempotentCall:
    """A new claim (status None), or the finished call with this key. WrongState while that is in progress."""
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(user=user, key=key, fingerprint=fingerprint)
    except IntegrityError:
        pass
    known = IdempotentCall.objects.filter(user=user, key=key).first()
    if known is None:  # released between the two queries
        return _claim(user, key, fingerprint)
    if known.fingerprint != fingerprint:
        raise KeyReused
    if known.status is None and not _take_over(known):
        raise WrongState("The first call with this Idempotency-Key is still under way.")
    return known


def _take_over(known: IdempotentCall) -> bool:
    """Take the claim of a server that died; whether it was expired, and nobody else took it."""
    if not is_reached(known.claimed_at + CLAIM_EXPIRES_AFTER, longest=CLAIM_EXPIRES_AFTER):
        return False
    stale = IdempotentCall.objects.filter(pk=known.pk, status=None, claimed_at=known.claimed_at)
    return bool(stale.update(claimed_at=timezone.now()))


def _save_response(known: IdempotentCall, response: Response) -> None:
    body = JSONRenderer().render(response.data).decode()  # empty for a response without a body
    IdempotentCall.objects.filter(pk=known.pk).update(status=response.status_code, body=body)


def _replay(known: IdempotentCall) -> Response:
    data = json.loads(known.body) if known.body else None
    return Response(data, status=known.status, headers={"Idempotency-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """A digest of all that decides the effect: method, address with its query, body."""
    call = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(call, sort_keys=True).encode()).hexdigest()
