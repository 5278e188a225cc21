"""The sprite, and what points into it."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from annotator.ui import icons, states

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_the_sprite_holds_every_icon_once():
    sprite = ElementTree.fromstring(icons.sprite())

    ids = [symbol.get("id") for symbol in sprite]

    assert sorted(ids) == sorted(f"i-{name}" for name in icons.NAMES)
    assert all(len(symbol) for symbol in sprite)


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in icons.icon("check")
    assert 'role="img"' in icons.icon("check", label="Approved")
    assert 'aria-label="Approved"' in icons.icon("check", label="Approved")


def test_a_label_is_escaped():
    assert "<b>" not in icons.icon("check", label='"><b>')


def test_an_unknown_icon_is_an_error():
    with pytest.raises(ValueError, match="no-such-thing"):
        icons.icon("no-such-thing")


def test_every_state_has_a_drawable_shape():
    assert {look.icon for look in states.LOOKS.values()} <= icons.NAMES
    assert states.look("never heard of") == states.UNKNOWN


def test_templates_name_only_icons_that_exist():
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text())
    }

    assert named <= icons.NAMES
