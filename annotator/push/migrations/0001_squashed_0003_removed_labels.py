import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('push', '0001_initial'), ('push', '0002_outcomes'), ('push', '0003_removed_labels')]

    initial = True

    dependencies = [
        ('datasets', '0002_gone'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('lease_id', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('losses', models.PositiveSmallIntegerField(default=0)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('confirmed', 'Confirmed'), ('parked', 'Parked'), ('conflict', 'Conflict')], default='pending', max_length=9)),
                ('problem', models.CharField(blank=True, choices=[('', 'No problem'), ('unreachable', 'The remote did not answer'), ('garbled', 'The remote answered something unusable'), ('refused', 'Refused by the remote'), ('gone', 'The sample was removed on the remote'), ('invalid', 'The variable does not allow the value'), ('cannot_clear', 'Cannot be cleared on the remote'), ('unseen', 'The remote holds answers that cannot be read'), ('differs', 'The remote shows another value than was sent'), ('lost', 'Workers were lost while sending it')], default='', max_length=12)),
                ('want_rev', models.PositiveIntegerField(default=0)),
                ('have_rev', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.CharField(blank=True, max_length=1000)),
                ('theirs', models.JSONField(blank=True, null=True)),
                ('recheck_at', models.DateTimeField(blank=True, null=True)),
                ('overwrite', models.BooleanField(default=False)),
                ('read_back', models.BooleanField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='datasets.dataset')),
                ('value_row', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='delivery', to='datasets.variablevalue')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_at'], name='delivery_due'), models.Index(condition=models.Q(('recheck_at__isnull', False)), fields=['recheck_at'], name='delivery_recheck'), models.Index(fields=['dataset', 'state', 'created_at', 'id'], name='delivery_by_state'), models.Index(fields=['state', 'created_at', 'id'], name='delivery_in_order')],
            },
        ),
    ]
