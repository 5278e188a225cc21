import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('mirror', '0001_initial'), ('mirror', '0002_losses'), ('mirror', '0003_removed_labels')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('connections', '0001_initial'),
        ('datasets', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MirrorRun',
            fields=[
                ('lease_id', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('losses', models.PositiveSmallIntegerField(default=0)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('remote_dataset_id', models.CharField(max_length=64)),
                ('remote_dataset_name', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('incomplete', 'Incomplete'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ('stage', models.CharField(blank=True, choices=[('schema', 'Variables and prompts'), ('samples', 'Samples'), ('closing', 'Checking what was removed'), ('tasks', 'Tasks'), ('images', 'Image files')], max_length=20)),
                ('position', models.JSONField(blank=True, default=dict)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(blank=True, null=True)),
                ('report', models.JSONField(blank=True, default=dict)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('error', models.CharField(blank=True, max_length=1000)),
                ('cancel_requested_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('dataset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mirror_runs', to='datasets.dataset')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mirror_runs', to='connections.remote')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('source', 'remote_dataset_id'), name='mirrorrun_one_active_per_dataset')],
            },
        ),
    ]
