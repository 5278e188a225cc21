"""Exports know the snapshots of their own room."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0003_snapshots_go"), ("snapshots", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="exportjob",
                    name="snapshot",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="snapshots.snapshot",
                    ),
                ),
                migrations.DeleteModel(name="Snapshot"),
            ],
        ),
    ]
