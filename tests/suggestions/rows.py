"""Rows of the room for tests."""

from annotator.accounts.models import Role
from annotator.suggestions.actions import Proposal, propose, source_of
from annotator.suggestions.models import Source
from tests.factories import make_dataset, make_member, make_sample, make_variable


def make_source(workspace, *, name="grader", version="1", kind=Source.Kind.SCRIPT):
    """A source, the same one when called again."""
    return source_of(workspace, kind=kind, name=name, version=version)


def suggest(sample, variable, value, *, confidence=None, source=None):
    """Propose one value; the outcome."""
    source = source or make_source(sample.dataset.workspace)
    proposal = Proposal(sample=sample, variable=variable, value=value, confidence=confidence)
    return propose(source, [proposal])[0]


def make_graded(*, role=Role.REVIEWER, samples=1, **fields):
    """(member, dataset, samples, variable): a grade from 0 to 10 in halves is asked for."""
    member = make_member(role)
    dataset = make_dataset(workspace=member.workspace, **fields)
    grade = make_variable(
        dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5, required=True
    )
    rows = [make_sample(dataset=dataset) for _ in range(samples)]
    for row in rows:
        row.dataset = dataset
    return member, dataset, rows, grade
