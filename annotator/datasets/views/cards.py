"""The HTML of a sample's card in the gallery."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from annotator.accounts.models import User
from annotator.datasets.queries.assigned import names_of
from annotator.datasets.queries.sample_cards import SampleCard
from annotator.ui.skeletons import filled

UNKNOWN_PX = 512  # a side of an image whose size is not known


def card_html(card: SampleCard, *, can_move: bool, people: Sequence[User]) -> SafeString:
    """The card, with a box to pick it for those who may change many samples; `people` are the members."""
    sample, image = card.sample, card.image
    assignees = names_of((each for (each,) in card.assignees), people)
    shape = {
        "can_move": can_move,
        "state": sample.state,
        "state_label": sample.get_state_display(),
        "is_test": sample.test,
        "is_invalid": card.is_invalid,
        "has_values": bool(card.values),
        "has_image": image is not None,
        "has_more": bool(card.more),
        "is_assigned": bool(assignees),
        "is_overdue": card.is_overdue,
    }
    texts = {"pk": sample.pk, "name": sample, "url": card.url, "values": " · ".join(card.values)}
    texts["assignees"] = assignees
    if image is not None:
        texts |= {
            "mini_url": image.mini_url,
            "thumb_url": image.thumb_url,
            "width": image.width_px or UNKNOWN_PX,
            "height": image.height_px or UNKNOWN_PX,
            "more": card.more,
        }
    return filled("datasets/_sample_card.html", shape, texts)
