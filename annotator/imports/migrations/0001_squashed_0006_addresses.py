import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('imports', '0001_initial'), ('imports', '0002_work'), ('imports', '0003_leases'), ('imports', '0004_names'), ('imports', '0005_answers'), ('imports', '0006_addresses')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('datasets', '0017_external_id'),
        ('images', '0002_content_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerImport',
            fields=[
                ('lease_id', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('losses', models.PositiveSmallIntegerField(default=0)),
                ('address', models.CharField(blank=True, max_length=2000)),
                ('download', models.JSONField(blank=True, default=dict)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('receiving', 'Receiving files'), ('fetching', 'Downloading'), ('opening', 'Reading the columns'), ('mapping', 'Choosing columns'), ('checking', 'Checking'), ('checked', 'Checked'), ('importing', 'Importing'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('undoing', 'Undoing'), ('undone', 'Undone')], default='receiving', max_length=9)),
                ('name', models.CharField(blank=True, max_length=300)),
                ('path', models.CharField(blank=True, max_length=1000)),
                ('source_format', models.CharField(blank=True, max_length=40)),
                ('table', models.CharField(blank=True, max_length=1000)),
                ('tables', models.JSONField(blank=True, default=list)),
                ('reading', models.JSONField(blank=True, default=dict)),
                ('reading_choices', models.JSONField(blank=True, default=dict)),
                ('mapping', models.JSONField(blank=True, default=list)),
                ('mended', models.JSONField(blank=True, default=dict)),
                ('standing', models.CharField(choices=[('accepted', 'Accepted values'), ('review', 'Answers for review'), ('suggestion', 'Suggestions')], default='review', max_length=10)),
                ('fetches_pictures', models.BooleanField(default=False)),
                ('notes', models.JSONField(blank=True, default=list)),
                ('position', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(null=True)),
                ('samples_made', models.PositiveIntegerField(default=0)),
                ('values_new', models.PositiveIntegerField(default=0)),
                ('values_changed', models.PositiveIntegerField(default=0)),
                ('values_equal', models.PositiveIntegerField(default=0)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('variables_made', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answer_imports', to='datasets.dataset')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ImageImport',
            fields=[
                ('lease_id', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('losses', models.PositiveSmallIntegerField(default=0)),
                ('address', models.CharField(blank=True, max_length=2000)),
                ('download', models.JSONField(blank=True, default=dict)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('grouping', models.CharField(choices=[('each', 'Each picture'), ('prefix', 'Pictures whose names begin alike (card7_front, card7_back)'), ('folder', 'All pictures of one folder')], default='each', max_length=6)),
                ('test_percent', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(100)])),
                ('state', models.CharField(choices=[('receiving', 'Receiving files'), ('fetching', 'Downloading'), ('running', 'Reading pictures'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='receiving', max_length=9)),
                ('passed_over', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='datasets.dataset')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('test_percent__lte', 100)), name='imageimport_test_share')],
            },
        ),
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=1000)),
                ('sent_path', models.CharField(blank=True, max_length=1000)),
                ('spool', models.CharField(blank=True, max_length=1000)),
                ('entry', models.CharField(blank=True, max_length=1000)),
                ('entry_number', models.PositiveIntegerField(null=True)),
                ('archive', models.CharField(blank=True, max_length=1000)),
                ('encoding', models.CharField(blank=True, max_length=20)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('size_bytes', models.PositiveBigIntegerField(default=0)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('stored', 'Stored'), ('already', 'Already here'), ('refused', 'Refused')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('image', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='images.image')),
                ('image_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='imports.imageimport')),
                ('sample', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='datasets.sample')),
            ],
            options={
                'ordering': ['path', 'id'],
                'indexes': [models.Index(fields=['image_import', 'state'], name='importedfile_by_state')],
                'constraints': [models.UniqueConstraint(fields=('image_import', 'path'), name='importedfile_once'), models.UniqueConstraint(condition=models.Q(('sent_path', ''), _negated=True), fields=('image_import', 'sent_path'), name='importedfile_sent_once')],
            },
        ),
        migrations.CreateModel(
            name='AnswerRefusal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('column', models.CharField(blank=True, max_length=300)),
                ('value', models.CharField(blank=True, max_length=500)),
                ('reason', models.CharField(max_length=500)),
                ('remedy', models.CharField(max_length=300)),
                ('answer_import', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='imports.answerimport')),
            ],
            options={
                'ordering': ['number', 'id'],
                'indexes': [models.Index(fields=['answer_import', 'number', 'id'], name='answerrefusal_order')],
            },
        ),
        migrations.CreateModel(
            name='AnswerRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('key', models.CharField(max_length=64)),
                ('is_made', models.BooleanField(default=False)),
                ('changes', models.JSONField(default=dict)),
                ('answer_import', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='imports.answerimport')),
                ('sample', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='datasets.sample')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('answer_import', 'key'), name='answerrow_once')],
            },
        ),
    ]
