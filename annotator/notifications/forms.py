"""What a person wants to be notified of."""

from __future__ import annotations

from typing import Any

from django import forms

from annotator.accounts.models import User
from annotator.notifications import actions
from annotator.notifications.kinds import KINDS
from annotator.notifications.models import Digest


class ChoicesForm(forms.Form):
    """The kinds that are wanted, and how often a mail comes."""

    kinds = forms.MultipleChoiceField(
        label="Notify me when",
        choices=[(kind.key, kind.label) for kind in KINDS.values()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    every = forms.ChoiceField(
        label="Mail me what I haven't read",
        choices=Digest.Every.choices,
        widget=forms.RadioSelect,
        help_text="To the address of your account. Nothing is sent while nothing is new.",
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        digest = Digest.objects.filter(user=user).first() or Digest(user=user)
        muted = set(user.muted_kinds.values_list("kind", flat=True))
        initial = {"every": digest.every, "kinds": [key for key in KINDS if key not in muted]}
        super().__init__(data, initial=initial)
        self.user = user

    def save(self) -> None:
        """Write the choices."""
        actions.choose(self.user, **self.cleaned_data)
