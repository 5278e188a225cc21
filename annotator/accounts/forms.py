"""Checks what a browser sent about people, invitations, tokens and workspaces.

Lengths of names and addresses are checked by the action: a field with `max_length` would be rendered with
a counter, which nobody needs there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils import timezone

from annotator.accounts import passwords
from annotator.accounts.actions import may_have_scope
from annotator.accounts.jobs import send_password_mails
from annotator.accounts.models import Membership, Role, Scope, User
from annotator.errors import BadInput
from annotator.queueing import enqueue_on_commit

RULES_TEXT = "At least 8 characters, not only digits, not a common password, not like your name."


def add_errors(form: forms.Form, error: BadInput) -> None:
    """Add the errors of an action to the fields that it names, the rest above the form."""
    for name, messages in error.fields.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)
    if not error.fields:
        form.add_error(None, str(error))


def set_labels(form: forms.Form, labels: dict[str, str], *, rules_at: str = "") -> None:
    """Label allauth's fields; the password rules are the help text of one field, `rules_at`."""
    for name, label in labels.items():
        field = form.fields[name]
        field.label = label
        field.help_text = RULES_TEXT if name == rules_at else ""
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):
    """allauth's form with our labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, {"login": "User name or e-mail", "password": "Password"})
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autofocus": True}


class NewPasswordForm(ChangePasswordForm):
    """allauth's form with our labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": "Current password", "password1": "New password"}
        set_labels(self, labels | {"password2": "New password again"}, rules_at="password1")


class ForgottenPasswordForm(ResetPasswordForm):
    """allauth's form with our labels, which looks for no account: the job does, after the answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, {"email": "E-mail"})
        self.fields["email"].max_length = None  # renders no counter

    def clean_email(self) -> str:
        """The address in lower case."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Have the link sent, if there is such an account."""
        email = str(self.cleaned_data["email"])
        passwords.request_password(email, origin=request.build_absolute_uri("/"))
        enqueue_on_commit(send_password_mails)
        return email


class PasswordFromLinkForm(ResetPasswordKeyForm):
    """allauth's form with our labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"password1": "New password", "password2": "New password again"}
        set_labels(self, labels, rules_at="password1")


class JoinForm(forms.Form):
    """The new account of somebody who was invited."""

    full_name = forms.CharField(
        label="Name",
        required=False,
        help_text="What the others see.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label="User name",
        help_text="Letters, digits and @ . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=None,
        required=False,
        help_text="For signing in, and for a new password when you forget yours.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        strip=False,
        help_text=RULES_TEXT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class InviteForm(forms.Form):
    """Whom to invite to what."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.ANNOTATOR)
    email = forms.EmailField(
        label="For whom",
        max_length=None,
        required=False,
        validators=[MaxLengthValidator(254)],
        help_text="Their e-mail address, for your list. Nothing is sent: you pass the link on.",
    )


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(choices=Role.choices)


class WorkspaceForm(forms.Form):
    """The name of a workspace."""

    name = forms.CharField(max_length=200)


class TokenForm(forms.Form):
    """A new API token of the person who asks."""

    EXPIRY = [("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Never")]

    name = forms.CharField(max_length=100, help_text="What will use it, so that you know it again.")
    workspace = forms.ChoiceField(
        help_text="Where calls go that name none; in others your role there counts."
    )
    scope = forms.ChoiceField(
        label="What it may do",
        choices=Scope.choices,
        initial=Scope.READ,
        widget=forms.RadioSelect,
        help_text="Never more than your role allows.",
    )
    days = forms.ChoiceField(label="Expires after", choices=EXPIRY, required=False, initial="90")

    def __init__(self, *args: Any, memberships: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memberships = {str(member.workspace_id): member for member in memberships}
        workspace: Any = self.fields["workspace"]
        workspace.choices = [(key, member.workspace) for key, member in self.memberships.items()]

    def clean(self) -> dict[str, Any]:
        """Refuse a scope above the role in the chosen workspace."""
        cleaned = super().clean() or {}
        member = self.memberships.get(cleaned.get("workspace", ""))
        scope = cleaned.get("scope")
        if member and scope and not may_have_scope(member, Scope(scope)):
            role = member.get_role_display().lower()
            self.add_error("scope", f"You are {role} in {member.workspace}: choose a narrower one.")
        return cleaned

    def member(self) -> Membership:
        """The membership that the token will act for."""
        return self.memberships[self.cleaned_data["workspace"]]

    def expires_at(self) -> datetime | None:
        """The chosen end, None for never."""
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class ProfileForm(forms.Form):
    """One's own name and address. The address can reset the password, so it takes the password."""

    full_name = forms.CharField(label="Name", required=False, help_text="What the others see.")
    email = forms.EmailField(label="E-mail", max_length=None, required=False)
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        help_text="Only when you change the e-mail address.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Refuse another address without the password."""
        cleaned = super().clean() or {}
        is_new = cleaned.get("email", self.user.email) != self.user.email
        if is_new and not self.user.check_password(cleaned.get("password", "")):
            self.add_error("password", "Enter your password to change the e-mail address.")
        return cleaned


class DeleteAccountForm(forms.Form):
    """The password, so that nobody deletes the account of whoever left their browser open."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password to delete your account."},
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, auto_id="delete_%s")
        self.user = user

    def clean_password(self) -> str:
        """Refuse any but the person's own."""
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password


class AuditFilter(forms.Form):
    """Which lines of the audit trail; nothing chosen means all."""

    person = forms.ChoiceField(required=False)
    action = forms.ChoiceField(required=False)

    def __init__(
        self, *args: Any, people: list[User], actions: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["person"].choices = [("", "Everybody")] + [
            (str(user.pk), user.display_name) for user in people
        ]
        fields["action"].choices = [("", "Everything"), *sorted(actions, key=itemgetter(1))]
