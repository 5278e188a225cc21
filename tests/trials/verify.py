"""Compares what was acknowledged with what is stored, and what is stored with what the remote holds."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fault_remote import FaultRemote
from tests.trials.ledger import Ledger

SHOWN = 10  # examples of each kind


@dataclass
class Findings:
    """What is wrong, in words."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is."""
        return not (self.lost or self.doubled or self.differing)

    def expect_once(self, number: int, what: str) -> None:
        """Sort one thing by how often it is there."""
        if number == 0:
            self.lost.append(what)
        elif number > 1:
            self.doubled.append(f"{what}: {number} times")


def unsent() -> dict[str, int]:
    """The values that the remote does not have for certain yet, by where they stand."""
    from django.db.models import F, Q

    from annotator.push.actions.outbox import without_delivery
    from annotator.push.models import Delivery

    open_lines = Delivery.objects.exclude(
        Q(state="confirmed", have_rev__gte=F("want_rev"), recheck_at=None)
    )
    counts = Counter(open_lines.values_list("state", "problem"))
    problems = {f"{state} {problem}".strip(): number for (state, problem), number in counts.items()}
    missing = without_delivery().count()
    return problems | ({"not noted": missing} if missing else {})


def wait_until_sent(seconds: float, say: Callable[[str], None]) -> dict[str, int]:
    """Let the worker send what is left; what was parked is retried once, as a person would."""
    from annotator.accounts.models import Workspace
    from annotator.push.actions import retry
    from annotator.push.models import Delivery

    deadline, parked = time.monotonic() + seconds, 0
    while (left := unsent()) and time.monotonic() < deadline:
        lines = Delivery.objects.filter(state="parked")
        if lines.exists() and parked < 5:
            say(f"parked: {Counter(lines.values_list('problem', 'last_error'))}; retried")
            retry(lines, workspace=Workspace.objects.get(name="Trial"), by=None)
            parked += 1
        say(f"left to send: {left}")
        time.sleep(5)
    return left


def compare(ledger: Ledger, remote: FaultRemote) -> Findings:
    """Acknowledged = stored = on the remote."""
    findings = Findings()
    compare_values(ledger, findings)
    compare_operations(ledger, findings)
    compare_answers(ledger, findings)
    compare_created(ledger, findings)
    compare_remote(remote, findings)
    return findings


def compare_values(ledger: Ledger, findings: Findings) -> None:
    """Each value that a script set is one revision, and the last one is what is held."""
    from annotator.datasets.models import ValueRevision, VariableValue

    history = defaultdict(list)
    rows = ValueRevision.objects.order_by("value_row", "rev").values_list(
        "value_row__sample_id", "value_row__variable_id", "value"
    )
    for sample, variable, value in rows.iterator():
        history[str(sample), str(variable)].append(value)
    held = {
        (str(sample), str(variable)): value
        for sample, variable, value in VariableValue.objects.values_list(
            "sample_id", "variable_id", "value"
        )
    }
    for key, values in ledger.values.items():
        counts = Counter(history[key])
        for value in values:
            findings.expect_once(counts[value], f"value {value} of {key}")
        if held.get(key) not in {values[-1], ledger.unknown.get(key)}:
            findings.differing.append(f"{key} holds {held.get(key)!r}, not {values[-1]!r}")


def compare_operations(ledger: Ledger, findings: Findings) -> None:
    """Each saved field is one revision with its value."""
    from annotator.annotation.models import AnswerRevision

    rows = AnswerRevision.objects.values_list("operation_id", "value")
    stored = {str(operation): value for operation, value in rows.iterator()}
    for operation, value in ledger.operations.items():
        findings.expect_once(int(operation in stored), f"field {value} ({operation})")
        if operation in stored and stored[operation] != value:
            findings.differing.append(f"field {value} is stored as {stored[operation]!r}")
    values = Counter(value for value in stored.values() if value in set(ledger.operations.values()))
    findings.doubled += [f"field {value}: {n} revisions" for value, n in values.items() if n > 1]


def compare_answers(ledger: Ledger, findings: Findings) -> None:
    """What was submitted is submitted or approved, with its values; what was approved is accepted."""
    from annotator.annotation.models import Answer
    from annotator.datasets.models import VariableValue

    answers = Answer.objects.select_related("author", "sample").prefetch_related("values")
    stored = {(str(a.sample_id), a.author.username): a for a in answers}
    by_id = {str(a.pk): a for a in stored.values()}
    for key, values in ledger.submitted.items():
        answer = stored.get(key)
        if answer is None or answer.state not in {"submitted", "approved"}:
            findings.lost.append(f"submit {key}: {answer and answer.state}")
        elif (kept := {str(v.variable_id): v.value for v in answer.values.all()}) != values:
            findings.differing.append(f"submit {key} holds {kept}, not {values}")
    for pk in ledger.approved:
        answer = by_id.get(pk)
        if answer is None or answer.state != "approved":
            findings.lost.append(f"approval of {pk}: {answer and answer.state}")
            continue
        accepted = VariableValue.objects.filter(sample=answer.sample)
        given = {v.variable_id: v.value for v in answer.values.all()}
        if dict(accepted.values_list("variable_id", "value")) != given:
            findings.differing.append(f"the accepted values of {answer.sample_id} are not {given}")
    per_sample = Counter(
        a.sample_id for a in by_id.values() if a.state in {"submitted", "approved"}
    )
    findings.doubled += [
        f"sample {pk} submitted {n} times" for pk, n in per_sample.items() if n > 1
    ]


def compare_created(ledger: Ledger, findings: Findings) -> None:
    """Each sample was created once, under the id that was told."""
    from annotator.datasets.models import Sample

    ids = defaultdict(list)
    for name, pk in Sample.objects.filter(name__startswith="new-").values_list("name", "pk"):
        ids[name].append(str(pk))
    for name, pk in ledger.created.items():
        findings.expect_once(len(ids[name]), f"sample {name}")
        if ids[name] and pk not in ids[name]:
            findings.differing.append(f"sample {name} is {ids[name]}, not {pk}")
    unasked = [name for name in ids if name not in ledger.created and len(ids[name]) > 1]
    findings.doubled += [f"sample {name}" for name in unasked]


def compare_remote(remote: FaultRemote, findings: Findings) -> None:
    """The remote holds every accepted value of the mirrored samples, and no other."""
    from annotator.datasets.models import VariableValue

    rows = VariableValue.objects.filter(
        sample__state="approved", sample__remote_key__isnull=False, is_set=True
    ).values_list("sample__remote_key", "variable__remote_key", "value")
    ours = {(sample, variable): value for sample, variable, value in rows.iterator()}
    theirs = {key: given["value"] for key, given in remote.platform.values.items()}
    for key, value in ours.items():
        if key not in theirs:
            findings.lost.append(f"on the remote: {value!r} of {key}")
        elif theirs[key] != value:
            findings.differing.append(f"the remote holds {theirs[key]!r}, not {value!r}, for {key}")
    findings.differing += [f"only the remote holds {key}" for key in theirs if key not in ours]
