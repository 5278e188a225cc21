import annotator.names
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('training', '0001_initial'), ('training', '0002_leases'), ('training', '0003_name_folded'), ('training', '0004_early_end'), ('training', '0005_production_reasons'), ('training', '0006_phase_seconds')]

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('connections', '0001_initial'),
        ('datasets', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Task',
            fields=[
                ('remote_key', models.CharField(blank=True, editable=False, max_length=64, null=True)),
                ('remote_state', models.JSONField(blank=True, editable=False, null=True)),
                ('remote_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('name_folded', annotator.names.FoldedField(blank=True, default='', editable=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', annotator.names.NameField(max_length=200)),
                ('description', models.TextField(blank=True, default='')),
                ('auto_deploy', models.BooleanField(default=True)),
                ('deploy_if_not_worse', models.BooleanField(default=False)),
                ('production_version', models.PositiveIntegerField(default=0)),
                ('production_pinned', models.BooleanField(default=False)),
                ('production_reason', models.CharField(blank=True, max_length=500)),
                ('last_version', models.PositiveIntegerField(default=0)),
                ('max_tokens', models.PositiveIntegerField(default=1000)),
                ('training_params', models.JSONField(blank=True, default=dict)),
                ('training_time', models.PositiveIntegerField(default=0)),
                ('backend', models.CharField(default='baseline', max_length=40)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('datasets', models.ManyToManyField(blank=True, related_name='tasks', to='datasets.dataset')),
                ('remote', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connections.remote')),
                ('system_prompt', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='datasets.prompt')),
                ('user_prompt', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='datasets.prompt')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='accounts.workspace')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('remote_key__isnull', False)), fields=('remote', 'remote_key'), name='task_one_copy')],
            },
        ),
        migrations.CreateModel(
            name='TrainingRun',
            fields=[
                ('lease_id', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('losses', models.PositiveSmallIntegerField(default=0)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('backend', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('preparing', 'Preparing'), ('training', 'Training'), ('evaluating', 'Evaluating'), ('packaging', 'Packaging'), ('requested', 'Asking the remote'), ('accepted', 'Training on the remote'), ('unknown', 'Asked; the answer was lost'), ('succeeded', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('timed_out', 'No result in time')], default='queued', max_length=10)),
                ('params', models.JSONField(blank=True, default=dict)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('phase_seconds', models.JSONField(blank=True, default=dict)),
                ('step', models.PositiveIntegerField(default=0)),
                ('steps', models.PositiveIntegerField(default=0)),
                ('message', models.CharField(blank=True, max_length=500)),
                ('error', models.TextField(blank=True)),
                ('log_tail', models.TextField(blank=True)),
                ('cancel_requested_at', models.DateTimeField(blank=True, null=True)),
                ('early_end_requested_at', models.DateTimeField(blank=True, null=True)),
                ('snapshot', models.JSONField(blank=True, default=dict)),
                ('last_version_before', models.PositiveIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('polls', models.PositiveIntegerField(default=0)),
                ('next_poll_at', models.DateTimeField(blank=True, null=True)),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='training.task')),
            ],
            options={
                'ordering': ['-requested_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'preparing', 'training', 'evaluating', 'packaging', 'requested', 'accepted', 'unknown'])), fields=('task',), name='trainingrun_one_active_per_task')],
            },
        ),
        migrations.CreateModel(
            name='TrainingMetric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('value', models.FloatField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='metrics', to='training.trainingrun')),
            ],
            options={
                'ordering': ['step', 'id'],
                'constraints': [models.UniqueConstraint(fields=('run', 'step', 'name'), name='trainingmetric_once')],
            },
        ),
        migrations.CreateModel(
            name='ModelVersion',
            fields=[
                ('remote_key', models.CharField(blank=True, editable=False, max_length=64, null=True)),
                ('remote_state', models.JSONField(blank=True, editable=False, null=True)),
                ('remote_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('backend', models.CharField(blank=True, max_length=40)),
                ('metrics', models.JSONField(blank=True, default=dict)),
                ('archive', models.CharField(blank=True, editable=False, max_length=300)),
                ('archive_bytes', models.PositiveBigIntegerField(default=0, editable=False)),
                ('archive_sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('training_seconds', models.PositiveIntegerField(default=0)),
                ('deployment_note', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('remote', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connections.remote')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='training.task')),
                ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='versions', to='training.trainingrun')),
            ],
            options={
                'ordering': ['-version', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('remote_key__isnull', False)), fields=('remote', 'remote_key'), name='modelversion_one_copy'), models.UniqueConstraint(fields=('task', 'version'), name='modelversion_once')],
            },
        ),
    ]
