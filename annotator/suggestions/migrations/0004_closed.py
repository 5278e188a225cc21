"""A suggestion is open until it is closed: columns are renamed in place, whatever the number of rows."""

from django.db import migrations, models


def rename(old, new):
    table = 'ALTER TABLE "suggestions_suggestion" RENAME COLUMN'
    return migrations.RunSQL(f'{table} "{old}" TO "{new}"', f'{table} "{new}" TO "{old}"')


class Migration(migrations.Migration):
    dependencies = [("suggestions", "0003_was_shown")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                rename("settled_at", "closed_at"),
                rename("settled_by_id", "closed_by_id"),
            ],
            # Indexes follow their columns; Django only doesn't know it.
            state_operations=[
                migrations.RemoveIndex("suggestion", "suggestion_open"),
                migrations.RemoveIndex("suggestion", "suggestion_by_person"),
                migrations.RenameField("suggestion", "settled_at", "closed_at"),
                migrations.RenameField("suggestion", "settled_by", "closed_by"),
                migrations.AddIndex(
                    "suggestion",
                    models.Index(
                        fields=["source", "variable", "closed_at", "confidence", "sample"],
                        name="suggestion_open",
                    ),
                ),
                migrations.AddIndex(
                    "suggestion",
                    models.Index(
                        fields=["closed_by", "closed_at"],
                        condition=models.Q(closed_by__isnull=False),
                        name="suggestion_by_person",
                    ),
                ),
            ],
        ),
    ]
