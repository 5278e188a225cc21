from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0003_name_folded")]

    operations = [
        migrations.AddField(
            model_name="trainingrun",
            name="early_end_requested_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
