"""Django's own `migrate`, with the triggers of kept counts taken off before it and put back after it."""

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from annotator import counting


class Command(migrate.Command):
    """Counts again what is kept, wherever it changed a table or a trigger was missing."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then keep counts from this moment on. --check and --plan change nothing."""
        if options["check_unapplied"] or options["plan"]:
            super().handle(*args, **options)
            return
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if is_behind or options["app_label"]:
            counting.remove()
        super().handle(*args, **options)
        if _has_tables() and counting.install(counting.KEPT):
            for count in counting.KEPT:
                counting.reconcile(count)


def _has_tables() -> bool:
    """Whether the tables are there: not after a migration back to before them."""
    tables = set(connections[DEFAULT_DB_ALIAS].introspection.table_names())
    return {count.table for count in counting.KEPT} <= tables
