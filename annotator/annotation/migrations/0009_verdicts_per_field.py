import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_returned_fields(apps, schema_editor):
    """The one field that a return could name becomes a row."""
    answers = apps.get_model("annotation", "Answer").objects.exclude(return_variable=None).exclude(returned_at=None)
    returned_field = apps.get_model("annotation", "ReturnedField")
    rows = answers.values_list("pk", "return_variable_id", "return_reason", "returned_at")
    returned_field.objects.bulk_create(
        (
            returned_field(answer_id=pk, variable_id=variable_id, reason=reason, returned_at=at)
            for pk, variable_id, reason, at in rows.iterator(chunk_size=1000)
        ),
        batch_size=500,
    )
    if schema_editor.connection.vendor == "postgresql":  # it alters no table while checks are pending
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0008_answers_by_assignment'),
        ('datasets', '0022_review_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReturnedField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=1000)),
                ('returned_at', models.DateTimeField()),
                ('answer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returned_fields', to='annotation.answer')),
                ('variable', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datasets.variable')),
            ],
            options={
                'ordering': ['variable__position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('answer', 'variable', 'returned_at'), name='returnedfield_once')],
            },
        ),
        migrations.RunPython(keep_returned_fields, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='answer',
            name='return_variable',
        ),
        migrations.AddField(
            model_name='answer',
            name='first_reviewer',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='answerrevision',
            name='origin',
            field=models.CharField(choices=[('typed', 'Typed'), ('default', 'Default, confirmed'), ('suggested', 'Suggestion accepted'), ('edited', 'Suggestion edited'), ('reviewed', 'Changed in review'), ('copied', 'Copied'), ('restored', 'Restored'), ('imported', 'Imported'), ('mirrored', 'From the remote'), ('api', 'By the API')], max_length=9),
        ),
        migrations.AlterField(
            model_name='answervalue',
            name='origin',
            field=models.CharField(choices=[('typed', 'Typed'), ('default', 'Default, confirmed'), ('suggested', 'Suggestion accepted'), ('edited', 'Suggestion edited'), ('reviewed', 'Changed in review'), ('copied', 'Copied'), ('restored', 'Restored'), ('imported', 'Imported'), ('mirrored', 'From the remote'), ('api', 'By the API')], default='typed', max_length=9),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(condition=models.Q(('first_reviewer__isnull', False)), fields=['first_reviewer', 'dataset'], name='answer_by_second'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(condition=models.Q(('is_self_accepted', True)), fields=['dataset', 'submitted_at', 'id'], name='answer_by_rule'),
        ),
    ]
