"""Changes to a workspace's remotes; each leaves its line in the audit trail."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, ProtectedError, Q
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User, Workspace
from annotator.connections.models import Remote
from annotator.connections.tokens import decrypt, encrypt
from annotator.errors import (
    BadInput,
    RemoteError,
    RemoteUnauthorized,
    RemoteUnavailable,
    WrongState,
)
from annotator.leases import backoff_seconds
from annotator.remote.calls import checked_token, root_of
from annotator.remote.check import Check, Outcome, check_connection
from annotator.remote.client import RemoteClient
from annotator.remote.fetch import origin_of, parsed_url

FIRST_QUIET_SECONDS = 1.0
LONGEST_QUIET_SECONDS = 60.0


def client_for(remote: Remote) -> RemoteClient:
    """A client with the remote's token; close it, or use it in a `with`. Opens no connection yet.

    Raises RemoteUnauthorized when the stored token cannot be read any more.
    """
    return RemoteClient(
        remote.base_url,
        decrypt(remote.encrypted_token),
        remote.remote_workspace or None,
        allow=settings.PRIVATE_REMOTES,
    )


@transaction.atomic
def connect(
    workspace: Workspace,
    *,
    name: str,
    base_url: str,
    token: str,
    remote_workspace: str = "",
    by: User | None,
) -> Remote:
    """Store the address and the token of another server. Calls nothing: see `test`.

    Raises BadInput for an address that cannot be called, and for text that is no token.
    """
    token = checked_token(token)
    remote = Remote.objects.create(
        workspace=workspace,
        name=name.strip(),
        base_url=_address(base_url),
        encrypted_token=encrypt(token),
        token_hint=token[-4:],
        remote_workspace=remote_workspace.strip(),
        created_by=by,
    )
    audit.record(
        "remote.connect", workspace=workspace, by=by, target=remote, address=remote.base_url
    )
    return remote


@transaction.atomic
def update(
    remote: Remote,
    *,
    name: str,
    base_url: str,
    token: str = "",
    remote_workspace: str = "",
    by: User | None,
) -> Remote:
    """Change what was given; an empty token stays as it is.

    Another server needs its token entered anew: else whoever may edit the address could send the
    stored token, which nobody may read, to a server of their own.
    """
    address = _address(base_url)
    if not token and origin_of(parsed_url(address)) != origin_of(parsed_url(remote.base_url)):
        message = "This is another server. Enter the token of that server, too."
        raise BadInput(message, fields={"token": [message]})
    before = remote.base_url
    remote.name, remote.base_url = name.strip(), address
    remote.remote_workspace = remote_workspace.strip()
    changed = ["name", "base_url", "remote_workspace"]
    if token:
        token = checked_token(token)
        remote.encrypted_token, remote.token_hint = encrypt(token), token[-4:]
        # The new one has not been refused yet.
        remote.state, remote.state_reason = Remote.State.ACTIVE, ""
        remote.failures, remote.quiet_until = 0, None
        changed += ["encrypted_token", "token_hint", "state", "state_reason"]
        changed += ["failures", "quiet_until"]
    remote.save(update_fields=changed)
    details = {"before": before, "address": remote.base_url, "new_token": bool(token)}
    audit.record("remote.change", workspace=remote.workspace, by=by, target=remote, **details)
    return remote


def test(remote: Remote, *, by: User | None) -> Check:
    """Call the remote and report what the token gives access to; no response body is kept.

    A token that works ends a pause; one that is refused begins it. Any other problem stays in
    `state_reason` until a call works.
    """
    try:
        with client_for(remote) as client:
            check = check_connection(client)
            capabilities = client.capabilities() if check.works else None
    except RemoteUnauthorized as error:
        check, capabilities = Check(Outcome.UNAUTHORIZED, [str(error)]), None
    except RemoteError as error:
        check, capabilities = Check(Outcome.UNREACHABLE, [str(error)]), None
    with transaction.atomic():
        remote.checked_at = timezone.now()
        if capabilities is not None:
            remote.capabilities = {
                "product": capabilities.product,
                "version": capabilities.version,
                "include": sorted(capabilities.include),
            }
        remote.save(update_fields=["checked_at", "capabilities"])
        audit.record(
            "remote.test",
            workspace=remote.workspace,
            by=by,
            target=remote,
            outcome=check.outcome.value,
        )
    if check.works:
        resume(remote, by=by)
    elif check.outcome is Outcome.UNAUTHORIZED:
        pause(remote, reason=check.sentences[0], by=None)
    else:
        active = Remote.objects.filter(pk=remote.pk, state=Remote.State.ACTIVE)
        active.update(state_reason=check.sentences[0][:500])
    return check


@transaction.atomic
def pause(remote: Remote, *, reason: str, by: User | None) -> bool:
    """Make no calls until somebody resumes; False when it was paused already (the first reason stays)."""
    active = Remote.objects.filter(pk=remote.pk, state=Remote.State.ACTIVE)
    if not active.update(state=Remote.State.PAUSED, state_reason=reason[:500]):
        return False
    remote.state, remote.state_reason = Remote.State.PAUSED, reason[:500]
    audit.record("remote.pause", workspace=remote.workspace, by=by, target=remote, reason=reason)
    return True


@transaction.atomic
def resume(remote: Remote, *, by: User | None) -> None:
    """Make calls again, at once. Idempotent."""
    was_paused = Remote.objects.filter(pk=remote.pk, state=Remote.State.PAUSED).exists()
    Remote.objects.filter(pk=remote.pk).update(
        state=Remote.State.ACTIVE, state_reason="", failures=0, quiet_until=None
    )
    remote.state, remote.state_reason = Remote.State.ACTIVE, ""
    if was_paused:
        audit.record("remote.resume", workspace=remote.workspace, by=by, target=remote)


@transaction.atomic
def remove(remote: Remote, *, by: User | None) -> None:
    """Delete the address and the token. Raises WrongState while copies of its rows are here."""
    audit.record("remote.remove", workspace=remote.workspace, by=by, target=remote)
    try:
        remote.delete()
    except ProtectedError as error:
        raise WrongState(
            f"Datasets mirrored from {remote.name} are here, so it can be paused, not removed."
        ) from error


def note_unavailable(remote: Remote, error: RemoteUnavailable) -> None:
    """Make no calls for a while: longer after each failure, or as long as the remote asked for."""
    Remote.objects.filter(pk=remote.pk).update(failures=F("failures") + 1)
    remote.refresh_from_db(fields=["failures"])
    seconds = backoff_seconds(
        remote.failures - 1,
        first=FIRST_QUIET_SECONDS,
        longest=LONGEST_QUIET_SECONDS,
        at_least=error.retry_after_seconds,
    )
    remote.quiet_until = timezone.now() + timedelta(seconds=seconds)
    Remote.objects.filter(pk=remote.pk).update(quiet_until=remote.quiet_until)


def note_available(remote: Remote) -> None:
    """It answered, so the next failure counts as the first. Writes nothing when there was no failure."""
    in_trouble = Q(failures__gt=0) | ~Q(state_reason="")
    active = Remote.objects.filter(pk=remote.pk, state=Remote.State.ACTIVE)
    active.filter(in_trouble).update(failures=0, quiet_until=None, state_reason="")


def _address(base_url: str) -> str:
    try:
        return root_of(base_url)
    except (BadInput, RemoteError) as error:
        raise BadInput(str(error), fields={"base_url": [str(error)]}) from error
