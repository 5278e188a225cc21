"""Rows of another table as JSON in the row that they belong to: one query for both.

datasets.annotate(states=JsonRows(SampleCount.objects.filter(dataset=OuterRef("pk")), "state", "number"))
"""

from __future__ import annotations

from typing import Any

from django.db.models import JSONField, QuerySet, Subquery
from django.db.models.functions import JSONArray


class JsonRows(Subquery):
    """The named columns of the rows, a list for each row, in no order."""

    def __init__(self, rows: QuerySet[Any], *names: str) -> None:
        columns = rows.order_by().values(listed=JSONArray(*names))
        super().__init__(columns, output_field=JSONField())

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """As SQLite collects rows."""
        template = "(SELECT JSON_GROUP_ARRAY(JSON(each.listed)) FROM (%(subquery)s) AS each)"
        return self.as_sql(compiler, connection, template=template)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """As PostgreSQL collects rows, whose collection of none is NULL."""
        template = "(SELECT COALESCE(JSONB_AGG(each.listed), '[]') FROM (%(subquery)s) AS each)"
        return self.as_sql(compiler, connection, template=template)
