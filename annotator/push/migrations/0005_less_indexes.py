import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0025_less_indexes'),
        ('push', '0004_kept_counts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='dataset',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='datasets.dataset'),
        ),
    ]
