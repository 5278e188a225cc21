from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0012_text_folded'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='sample',
            name='sample_counts',
        ),
    ]
