"""New passwords by mail: what was asked for is a row, and a job sends it.

The page answers alike, and after the same work, whether or not there is such an account, and whether or not
the mail server answers: only the job looks for the account. A lost message delays a mail until the next
sweep. A worker that is killed between sending and deleting the row sends a second mail, which does no harm.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from django.core.cache import caches
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import PasswordRequest, User
from annotator.leases import LeaseLost, backoff_seconds
from annotator.ui.cache import ForgivingRedisCache

MAILS_PER_HOUR = 5  # to one address, whoever asks; what is beyond is dropped without a word
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 600.0
AT_ONCE = 20

log = logging.getLogger(__name__)


def request_password(email: str, *, origin: str) -> None:
    """Note that a link is to be sent to `email`, if an account has it. A second call renews the first.

    `origin` is the address of the server as the person sees it, for the link.
    """
    cache = caches["default"]
    assert isinstance(cache, ForgivingRedisCache)
    digest = hashlib.sha256(email.encode()).hexdigest()
    too_many = cache.count(f"password-mails:{digest}", 3600) > MAILS_PER_HOUR
    if too_many:
        return
    now = timezone.now()
    PasswordRequest.objects.bulk_create(
        [PasswordRequest(email=email, origin=origin, created_at=now, next_at=now)],
        update_conflicts=True,
        unique_fields=["email"],
        update_fields=["origin", "created_at", "next_at", "attempts"],
    )


def send_due_mails() -> None:
    """Send what is due, at most AT_ONCE. Of several workers one sends each."""
    requests = PasswordRequest.objects
    requests.filter(created_at__lt=timezone.now() - GIVE_UP_AFTER).delete()
    requests.exhausted().delete()
    for pk in requests.due().values_list("pk", flat=True)[:AT_ONCE]:
        lease_id = requests.filter(pk=pk).due().take()
        if lease_id is not None:
            _send(requests.get(pk=pk, lease_id=lease_id))


def _send(request: PasswordRequest) -> None:
    """Send the mails of one request; what fails waits longer each time, for GIVE_UP_AFTER."""
    try:
        for user in filter_users_by_email(request.email, is_active=True, for_login=True):
            _send_link(user, request.origin)
            request.renew(losses=0)
    except LeaseLost:
        return  # another worker goes on
    except OSError as error:  # smtplib's errors are OSErrors
        if not hasattr(error, "recipients"):
            _retry_later(request, error)
            return
        log.error("a link for a new password was refused by the mail server: %s", error)
    # Asked for again meanwhile: the row stays for the next mail.
    PasswordRequest.objects.filter(
        pk=request.pk, lease_id=request.lease_id, created_at=request.created_at
    ).delete()
    request.release()


def _retry_later(request: PasswordRequest, error: OSError) -> None:
    wait = backoff_seconds(request.attempts, first=FIRST_WAIT_SECONDS, longest=LONGEST_WAIT_SECONDS)
    log.warning("a link for a new password could not be sent, next try in %d s: %s", wait, error)
    next_at = timezone.now() + timedelta(seconds=wait)
    request.release(attempts=request.attempts + 1, next_at=next_at)


def _send_link(user: User, origin: str) -> None:
    """To the address of the account, which need not be written as it was typed."""
    key = default_token_generator.make_token(user)
    place = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    context = {"username": user.get_username(), "password_reset_url": urljoin(origin, place)}
    folder = "account/email/password_reset_key"
    subject = render_to_string(f"{folder}_subject.txt", context).strip()
    send_mail(subject, render_to_string(f"{folder}_message.txt", context), None, [user.email])
