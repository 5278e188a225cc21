import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0001_squashed_0011_gold'),
        ('datasets', '0025_less_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='answer',
            name='author',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='answer',
            name='sample',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='datasets.sample'),
        ),
        migrations.AlterField(
            model_name='answerrevision',
            name='answer_value',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='history', to='annotation.answervalue'),
        ),
        migrations.AlterField(
            model_name='answervalue',
            name='answer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='values', to='annotation.answer'),
        ),
        migrations.AlterField(
            model_name='goldresult',
            name='sample',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='gold_results', to='datasets.sample'),
        ),
        migrations.AlterField(
            model_name='returnedfield',
            name='answer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='returned_fields', to='annotation.answer'),
        ),
    ]
