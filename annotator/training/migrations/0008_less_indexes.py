import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0007_run_worker'),
    ]

    operations = [
        migrations.AlterField(
            model_name='trainingmetric',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='metrics', to='training.trainingrun'),
        ),
    ]
