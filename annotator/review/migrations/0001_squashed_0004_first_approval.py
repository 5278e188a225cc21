import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('review', '0001_initial'), ('review', '0002_review_by_time'), ('review', '0003_acceptance'), ('review', '0004_first_approval')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('annotation', '0003_kept_counts'),
        ('datasets', '0011_kept_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Acceptance',
            fields=[
                ('lease_id', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('losses', models.PositiveSmallIntegerField(default=0)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('filter', models.TextField()),
                ('mode', models.CharField(choices=[('review', 'Answers that a reviewer sees'), ('accepted', 'Accepted values at once')], max_length=8)),
                ('state', models.CharField(choices=[('running', 'Accepting'), ('done', 'Done'), ('failed', 'Failed'), ('undoing', 'Undoing'), ('undone', 'Undone')], default='running', max_length=7)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('after', models.UUIDField(blank=True, null=True)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('accepted', models.PositiveIntegerField(default=0)),
                ('undone', models.PositiveIntegerField(default=0)),
                ('kept', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datasets.dataset')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'indexes': [models.Index(fields=['state', 'created_at'], name='acceptance_by_state')],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer_rev', models.PositiveIntegerField(default=0)),
                ('decision', models.CharField(choices=[('approved', 'Approved'), ('returned', 'Returned'), ('reopened', 'Re-opened'), ('first', 'Approved first'), ('closed', 'Closed')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=1000)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('answer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='annotation.answer')),
                ('reviewer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='datasets.sample')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['reviewer', 'created_at'], name='review_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('decision__in', ['approved', 'returned'])), fields=('answer', 'answer_rev'), name='review_one_verdict_per_revision')],
            },
        ),
    ]
