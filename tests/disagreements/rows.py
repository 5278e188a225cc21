"""Rows of the room for tests."""

from annotator.accounts.models import Role
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin
from annotator.disagreements import jobs
from annotator.disagreements.actions import start_comparison
from tests.suggestions.rows import make_graded, suggest

# Accepted grade, suggested one, confidence; None: no suggestion.
GIVEN = [(9.0, 7.5, 0.6), (9.0, 9.0, 0.9), (5.0, 8.5, None), (9.0, 7.5, 0.99), (4.0, None, None)]


def make_disputed(given=GIVEN):
    """(reviewer, dataset, samples, variable) with approved samples, and what a source suggests for them."""
    member, dataset, samples, grade = make_graded(role=Role.REVIEWER, samples=len(given))
    for sample, (accepted, suggested, confidence) in zip(samples, given, strict=True):
        set_value(sample, grade, accepted, origin=Origin.TYPED, by=member.user)
        sample.refresh_from_db()
        if suggested is not None:
            suggest(sample, grade, suggested, confidence=confidence)
    return member, dataset, samples, grade


def compare(dataset):
    """Compare to the end."""
    comparison = start_comparison(dataset, by=None)
    jobs.compare(comparison.pk)
    comparison.refresh_from_db()
    return comparison
