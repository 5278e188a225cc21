"""Checks what a browser sent about a remote."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from annotator.connections.models import Remote


class RemoteForm(forms.Form):
    """Address, token and workspace. The token goes in and never comes out: a stored one is only hinted at."""

    name = forms.CharField(
        validators=[MaxLengthValidator(200)], help_text="How this remote is called here."
    )
    base_url = forms.CharField(
        label="Address",
        validators=[MaxLengthValidator(500)],
        help_text="Such as https://api.example.com; /vlm/v2 may follow.",
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    token = forms.CharField(
        label="API token",
        validators=[MaxLengthValidator(500)],
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept encrypted. Nobody can read it here again.",
    )
    remote_workspace = forms.CharField(
        label="Workspace there",
        validators=[MaxLengthValidator(64)],
        required=False,
        help_text="Its id. Empty: the workspace that the token belongs to.",
    )

    def __init__(self, *args: Any, remote: Remote | None = None, **kwargs: Any) -> None:
        if remote is not None:
            kwargs.setdefault(
                "initial",
                {
                    "name": remote.name,
                    "base_url": remote.base_url,
                    "remote_workspace": remote.remote_workspace,
                },
            )
        super().__init__(*args, **kwargs)
        if remote is not None:
            token = self.fields["token"]
            token.required = False
            token.widget.attrs["placeholder"] = f"•••• {remote.token_hint}"
            token.help_text = "Leave it empty to keep the present one."
