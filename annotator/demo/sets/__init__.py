"""The demo's datasets: what is asked, and what is true of sample number n."""

from __future__ import annotations

from annotator.demo.sets.graded_cards import GRADED_CARDS
from annotator.demo.sets.invoices import INVOICES
from annotator.demo.sets.shelf_labels import SHELF_LABELS
from annotator.demo.sets.street_scenes import STREET_SCENES

SETS = {one.key: one for one in (GRADED_CARDS, STREET_SCENES, INVOICES, SHELF_LABELS)}
PLATFORM_SETS = ("graded_cards", "street_scenes", "invoices")
STUDIO_SETS = ("shelf_labels",)
