"""The demo, made anew for a test."""

from dataclasses import replace

import pytest

from annotator.demo import actions
from annotator.demo.sets import SETS

TOKEN = "a" * 40


@pytest.fixture
def demo(db):
    """The demo without any sample."""
    return actions.make_demo(password="simple", token=TOKEN)


@pytest.fixture
def small(monkeypatch):
    """Datasets of a few samples, so that a test draws little."""
    for key, demo_set in list(SETS.items()):
        monkeypatch.setitem(SETS, key, replace(demo_set, samples=6))
