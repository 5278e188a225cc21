"""Figures that the documentation shows as examples."""

from __future__ import annotations

from annotator.api.documentation.examples import ID
from annotator.api.documentation.rows import CREATED_AT, Row

WORK: Row = {
    "submitted": 120,
    "accepted_at_once": 96,
    "returned": 8,
    "timed": 118,
    "working_seconds": 1820.5,
}
PERIOD: Row = {"days": "30", "first": "2025-11-18", "last": "2025-12-17"}
GOLD: Row = {"value": 0.92, "low": 0.84, "high": 1.0, "samples": 14}
DATASET_FIGURES: Row = {
    "dataset": ID,
    **PERIOD,
    "left": 80,
    "answers_per_day": 8.6,
    "done_on": "2025-12-27",
    "work": WORK,
    "by_day": [{"day": "2025-12-17", **WORK}],
    "people": [
        {"person": 7, "name": "Anna Lind", **WORK, "compared": 60, "agreeing": 52, "gold": GOLD}
    ],
    "variables": [
        {
            "variable": ID,
            "name": "grade",
            "reviewed": 104,
            "changed": 6,
            "compared": 30,
            "agreeing": 26,
            "gold_values": 14,
            "gold_right": 13,
        }
    ],
    "agreement": [
        {
            "variable": ID,
            "name": "grade",
            "measure": "alpha, ordinal",
            "value": 0.81,
            "low": 0.7,
            "high": 0.9,
            "samples": 30,
        }
    ],
    "agreement_made": CREATED_AT,
}
PERSON_FIGURES: Row = {
    "person": 7,
    **PERIOD,
    "work": WORK,
    "by_day": [{"day": "2025-12-17", **WORK}],
    "datasets": [{"dataset": ID, "name": "Graded cards", **WORK, "left": 12, "gold": None}],
}
