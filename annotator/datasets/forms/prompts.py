"""A prompt as a person writes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from annotator.datasets.models import Prompt

CONTENT = {"class": "code-input", "spellcheck": "false"}


class PromptForm(forms.Form):
    """Name and text; the type is chosen once, the format only of templates."""

    name = forms.CharField(validators=[MaxLengthValidator(200)])
    type = forms.ChoiceField(
        choices=Prompt.Type.choices,
        widget=forms.RadioSelect,
        help_text="It can't be changed later.",
    )
    format = forms.ChoiceField(
        required=False,
        choices=[*Prompt.Format.choices, ("", "Plain text")],
        widget=forms.RadioSelect,
        initial=Prompt.Format.JSON,
        help_text="Of result templates: how the answer is written and read back.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    content = forms.CharField(
        required=False,
        label="Text",
        strip=False,
        help_text="{{name}} is filled: in prompts from a sample's metadata, in templates from its "
        "answers.",
        widget=forms.Textarea(attrs=CONTENT),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        prompt: Prompt | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.label_suffix = ""
        self.prompt = prompt
        if prompt is not None:
            names = ("name", "description", "content", "type")
            self.initial = {name: getattr(prompt, name) for name in names}
            self.initial["format"] = prompt.format or ""
            del self.fields["type"]
            if prompt.type != Prompt.Type.TEMPLATE:
                del self.fields["format"]

    @property
    def kind(self) -> str:
        """The type, chosen or given."""
        if self.prompt is not None:
            return self.prompt.type
        return self.data.get("type") or self.initial.get("type", "")

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments of the actions. Browsers send CRLF; prompts are kept with LF."""
        data = dict(self.cleaned_data)
        data["content"] = data["content"].replace("\r\n", "\n")
        if "format" in data:
            is_template = self.kind == Prompt.Type.TEMPLATE
            data["format"] = (data["format"] or None) if is_template else None
        return data
