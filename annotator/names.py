"""Names that people and their files give: the spelling to store, and the one that searches compare."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db import models

# Controls, what turns the direction of writing around, and halves of characters, which no store holds.
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
BATCH = 1000  # rows in memory while names are folded
VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def safe_name(name: str) -> str:
    """The name in NFC; what must not be shown, such as controls and bidi overrides, becomes `_`."""
    return unicodedata.normalize("NFC", UNSAFE.sub("_", name))


def storable(text: str) -> str:
    """The text without what no database holds: U+0000 and halves of characters."""
    return re.sub(r"[\x00\ud800-\udfff]", "_", text)


def folded(name: str) -> str:
    """What searches and groups compare: NFKC without case and without invisible characters."""
    if name.isascii():
        return name.casefold()
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(
        letter
        for letter in text
        if unicodedata.category(letter) != "Cf" and ord(letter) not in VARIATION_SELECTORS
    )


def name_contains(text: str) -> models.Q:
    """The rows of a SearchableName whose name holds the text; the same on every database."""
    return models.Q(name_folded__contains=folded(text))


class FoldedField(models.TextField):
    """The row's `name`, folded; written whenever the row is. A name is put into NFC on the way."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": "", "blank": True, "editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Computed anew at every save and bulk_create; `update()` and `bulk_update()` must set it."""
        row: Any = model_instance
        row.name_folded = folded(row.name or "")
        return row.name_folded


class NameField(models.CharField):
    """A name, stored in NFC."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        """As CharField, and the row has what was stored."""
        name = super().pre_save(model_instance, add)
        if name:
            name = unicodedata.normalize("NFC", name)
            setattr(model_instance, self.attname, name)
        return name


class SearchableName(models.Model):
    """A row with a `name` that can be searched for."""

    name_folded = FoldedField()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As any row's; saving the name saves its folded form too."""
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_folded"}
        super().save(*args, **kwargs)


def fold_stored_names(model: Any, *, normalize: bool = True) -> None:
    """For migrations: fill `name_folded`, BATCH rows at a time; `normalize` puts names into NFC too."""
    fields = ["name", "name_folded"] if normalize else ["name_folded"]
    rows = list(model.objects.order_by("pk").only("pk", *fields, "name")[:BATCH])
    while rows:
        for row in rows:
            row.name_folded = folded(row.name or "")
            if row.name and normalize:
                row.name = unicodedata.normalize("NFC", row.name)
        model.objects.bulk_update(rows, fields)
        later = model.objects.filter(pk__gt=rows[-1].pk)
        rows = list(later.order_by("pk").only("pk", *fields, "name")[:BATCH])
