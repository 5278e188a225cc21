"""Makes the room known to Django."""

from django.apps import AppConfig
from django.core.checks import register


class AccountsConfig(AppConfig):
    """Users, workspaces, roles, API tokens."""

    name = "annotator.accounts"

    def ready(self) -> None:
        """Have the views checked at every start."""
        from annotator.accounts.checks import every_view_names_its_action  # needs loaded apps

        register(every_view_names_its_action)
