"""What a browser shows and sends for a value."""

from annotator.variables.fields.composites import ListEdit, ObjectEdit, PartsEdit, Posted, TableEdit
from annotator.variables.fields.values import ValueField, value_field
from annotator.variables.fields.widgets import (
    ChoiceRadios,
    ChoiceSelect,
    NumberEdit,
    TextEdit,
    YesNoRadios,
)

__all__ = [
    "ChoiceRadios",
    "ChoiceSelect",
    "ListEdit",
    "NumberEdit",
    "ObjectEdit",
    "PartsEdit",
    "Posted",
    "TableEdit",
    "TextEdit",
    "ValueField",
    "YesNoRadios",
    "value_field",
]
