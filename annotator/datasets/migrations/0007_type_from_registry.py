"""The types of variables are those of the registry, not six names written down once more here.

The choices become a function of the registry, so that a new type needs no migration. The constraint
on known names goes: the registry checks the name wherever a variable is read or written, and a
constraint could only repeat what it said on the day of its migration.
"""

from django.db import migrations, models

import annotator.variables.types


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0006_known_words"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="variable",
            name="variable_type_known",
        ),
        migrations.AlterField(
            model_name="variable",
            name="type",
            field=models.CharField(
                choices=annotator.variables.types.type_choices, max_length=20
            ),
        ),
    ]
