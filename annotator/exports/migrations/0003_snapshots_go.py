"""The table of snapshots gets the name that it has in a room of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_snapshots")]

    operations = [
        migrations.AlterModelTable(name="snapshot", table="snapshots_snapshot"),
    ]
