"""Makes the room known to Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, workspaces, roles, API tokens."""

    name = "annotator.accounts"
