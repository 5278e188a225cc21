import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_less_indexes'),
        ('images', '0001_squashed_0004_image_path'),
    ]

    operations = [
        migrations.AlterField(
            model_name='image',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='images', to='accounts.workspace'),
        ),
    ]
