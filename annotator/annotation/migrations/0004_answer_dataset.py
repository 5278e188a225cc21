import django.db.models.deletion
from django.db import migrations, models

import annotator.annotation.models


def check_constraints_now(apps, schema_editor):
    """PostgreSQL alters no table while checks of changed rows are pending."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0003_kept_counts'),
        ('datasets', '0013_less_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='answer',
            name='dataset',
            field=annotator.annotation.models.DatasetOfSample(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datasets.dataset'),
        ),
        migrations.RunSQL(
            "UPDATE annotation_answer SET dataset_id = (SELECT s.dataset_id FROM datasets_sample AS s WHERE s.id = sample_id)",
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(check_constraints_now, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='answer',
            name='dataset',
            field=annotator.annotation.models.DatasetOfSample(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datasets.dataset'),
        ),
        migrations.RemoveIndex(
            model_name='answer',
            name='answer_by_time',
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['author', 'dataset', 'submitted_at'], name='answer_by_time'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['dataset', 'state', 'submitted_at', 'id'], name='answer_in_order'),
        ),
    ]
