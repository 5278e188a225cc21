"""Makes the filled dataset many times as large, by statements of the database: minutes instead of hours."""


def multiply(times):
    """Until there are `times` as many: each sample with its image, values, answers, suggestions and
    disagreements.
    """
    from django.db import connection

    from annotator.annotation.jobs import fold_counts
    from annotator.annotation.models import Answer
    from annotator.datasets.models import Sample, SampleImage, VariableValue
    from annotator.disagreements.models import Disagreement
    from annotator.suggestions.models import Suggestion

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size = -1000000")  # KiB
        for model in (Sample, SampleImage, VariableValue, Answer, Suggestion, Disagreement):
            _copy(cursor, model, times)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # as autovacuum does soon
    fold_counts()


def _copy(cursor, model, times):
    from django.db.models import AutoField

    table = model._meta.db_table
    fields = [each for each in model._meta.concrete_fields if not isinstance(each, AutoField)]
    columns = ", ".join(f'"{each.column}"' for each in fields)
    given = ", ".join(_given(each, times) for each in fields)
    cursor.execute(f"CREATE TEMPORARY TABLE base AS SELECT {columns} FROM {table}")
    cursor.execute(
        f"INSERT INTO {table} ({columns})"
        f" WITH RECURSIVE copy(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copy WHERE k < {times - 1})"
        f" SELECT {given} FROM base CROSS JOIN copy"
    )
    cursor.execute("DROP TABLE base")


def _given(field, times):
    """The copy's value: UUIDs of samples and of their rows begin with the number of the copy."""
    from django.db import connection

    from annotator.datasets.models import Sample

    if field.primary_key or (field.related_model is Sample and field.name == "sample"):
        if connection.vendor == "sqlite":
            return f"printf('%08x', k) || substr({field.column}, 9)"
        text = f"replace({field.column}::text, '-', '')"
        return f"(lpad(to_hex(k), 8, '0') || substr({text}, 9))::uuid"
    if field.name == "common":  # of the samples, how many have the same two values
        return f"common * {times}"
    return f'"{field.column}"'
