from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0005_production_reasons")]

    operations = [
        migrations.AddField(
            model_name="trainingrun",
            name="phase_seconds",
            field=models.JSONField(blank=True, default=dict),
        )
    ]
