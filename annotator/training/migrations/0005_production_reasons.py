from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0004_early_end")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="deploy_if_not_worse",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="task",
            name="production_pinned",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="task",
            name="production_reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="deployment_note",
            field=models.CharField(blank=True, max_length=500),
        ),
    ]
