import annotator.annotation.models.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('annotation', '0001_initial'), ('annotation', '0002_self_accepted'), ('annotation', '0003_kept_counts'), ('annotation', '0004_answer_dataset'), ('annotation', '0005_effort'), ('annotation', '0006_risk'), ('annotation', '0007_collected_answers'), ('annotation', '0008_answers_by_assignment'), ('annotation', '0009_verdicts_per_field'), ('annotation', '0010_working_time'), ('annotation', '0011_gold')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('datasets', '0024_gold'),
    ]

    operations = [
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('returned', 'Returned'), ('approved', 'Approved'), ('skipped', 'Skipped'), ('collected', 'Submitted with others')], default='draft', max_length=9)),
                ('rev', models.PositiveIntegerField(default=0)),
                ('skip_reason', models.CharField(blank=True, max_length=500)),
                ('return_reason', models.CharField(blank=True, max_length=1000)),
                ('is_self_accepted', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('active_ms', models.PositiveIntegerField(null=True)),
                ('key_presses', models.PositiveIntegerField(null=True)),
                ('risk', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('returned_at', models.DateTimeField(blank=True, null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to=settings.AUTH_USER_MODEL)),
                ('dataset', annotator.annotation.models.fields.DatasetOfSample(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datasets.dataset')),
                ('first_reviewer', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='datasets.sample')),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'indexes': [models.Index(fields=['state', 'submitted_at'], name='answer_by_state'), models.Index(fields=['author', 'state'], name='answer_by_author'), models.Index(fields=['author', 'dataset', 'submitted_at'], name='answer_by_time'), models.Index(fields=['dataset', 'state', 'submitted_at', 'id'], name='answer_in_order'), models.Index(fields=['dataset', 'state', '-risk', 'submitted_at', 'id'], name='answer_riskiest'), models.Index(condition=models.Q(('first_reviewer__isnull', False)), fields=['first_reviewer', 'dataset'], name='answer_by_second'), models.Index(condition=models.Q(('is_self_accepted', True)), fields=['dataset', 'submitted_at', 'id'], name='answer_by_rule')],
                'constraints': [models.UniqueConstraint(fields=('sample', 'author'), name='answer_once_per_person')],
            },
        ),
        migrations.CreateModel(
            name='AnswerCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=9)),
                ('sample_state', models.CharField(max_length=9)),
                ('day', models.DateField(null=True)),
                ('is_self_accepted', models.BooleanField(default=False)),
                ('was_returned', models.BooleanField(default=False)),
                ('number', models.BigIntegerField()),
                ('active_ms', models.BigIntegerField(default=0)),
                ('timed', models.BigIntegerField(default=0)),
                ('assignment', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='datasets.assignment')),
                ('author', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dataset', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='answer_counts', to='datasets.dataset')),
            ],
            options={
                'indexes': [models.Index(fields=['dataset', 'sample_state', 'state', 'author', 'day'], name='answercount_by_key'), models.Index(fields=['author', 'dataset'], name='answercount_by_author')],
            },
        ),
        migrations.CreateModel(
            name='AnswerValue',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('value', models.JSONField(null=True)),
                ('is_set', models.BooleanField(default=True)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('origin', models.CharField(choices=[('typed', 'Typed'), ('default', 'Default, confirmed'), ('suggested', 'Suggestion accepted'), ('edited', 'Suggestion edited'), ('reviewed', 'Changed in review'), ('copied', 'Copied'), ('restored', 'Restored'), ('imported', 'Imported'), ('mirrored', 'From the remote'), ('api', 'By the API')], default='typed', max_length=9)),
                ('unsure', models.BooleanField(default=False)),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('answer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='values', to='annotation.answer')),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('variable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='datasets.variable')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('origin', 'reviewed')), fields=['variable', 'answer'], name='answervalue_reviewed')],
                'constraints': [models.UniqueConstraint(fields=('answer', 'variable'), name='answervalue_once')],
            },
        ),
        migrations.CreateModel(
            name='AnswerRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rev', models.PositiveIntegerField()),
                ('value', models.JSONField(null=True)),
                ('is_set', models.BooleanField(default=True)),
                ('origin', models.CharField(choices=[('typed', 'Typed'), ('default', 'Default, confirmed'), ('suggested', 'Suggestion accepted'), ('edited', 'Suggestion edited'), ('reviewed', 'Changed in review'), ('copied', 'Copied'), ('restored', 'Restored'), ('imported', 'Imported'), ('mirrored', 'From the remote'), ('api', 'By the API')], max_length=9)),
                ('operation_id', models.UUIDField(unique=True)),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answer_value', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='annotation.answervalue')),
            ],
            options={
                'ordering': ['rev'],
                'constraints': [models.UniqueConstraint(fields=('answer_value', 'rev'), name='answerrevision_once')],
            },
        ),
        migrations.CreateModel(
            name='GoldPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paused_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('right', models.PositiveIntegerField()),
                ('asked', models.PositiveIntegerField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gold_pauses', to='datasets.dataset')),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gold_pauses', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-paused_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('dataset', 'user'), name='goldpause_one_lasting')],
            },
        ),
        migrations.CreateModel(
            name='GoldResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given', models.JSONField(null=True)),
                ('is_right', models.BooleanField()),
                ('answered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('dataset', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datasets.dataset')),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gold_results', to='datasets.sample')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('variable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='datasets.variable')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['dataset', 'user', 'answered_at'], name='goldresult_of_person')],
                'constraints': [models.UniqueConstraint(fields=('sample', 'user', 'variable'), name='goldresult_first_answer')],
            },
        ),
        migrations.CreateModel(
            name='Qualification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('is_passed', models.BooleanField(default=False)),
                ('right', models.PositiveIntegerField(default=0)),
                ('asked', models.PositiveIntegerField(default=0)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='qualifications', to='datasets.dataset')),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='qualifications', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-started_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('dataset', 'user'), name='qualification_one_open')],
            },
        ),
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
    ]
