"""Makes the room known to Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, workspaces, roles, API tokens."""

    name = "annotator.accounts"

    def ready(self) -> None:
        """Have the views checked at every start."""
        from annotator.accounts import checks  # noqa: F401  # needs the apps to be loaded
