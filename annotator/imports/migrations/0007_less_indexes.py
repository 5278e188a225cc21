import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('imports', '0001_squashed_0006_addresses'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importedfile',
            name='image_import',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='imports.imageimport'),
        ),
    ]
