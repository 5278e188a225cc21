import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('suggestions', '0001_initial'), ('suggestions', '0002_open_index'), ('suggestions', '0003_was_shown')]

    initial = True

    dependencies = [
        ('accounts', '0003_password_requests'),
        ('datasets', '0020_labeling_order'),
    ]

    operations = [
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('script', 'Script'), ('version', 'Model version'), ('endpoint', 'Endpoint')], max_length=8)),
                ('name', models.CharField(max_length=200)),
                ('version', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
            options={
                'ordering': ['name', '-created_at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('workspace', 'kind', 'name', 'version'), name='source_once')],
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.JSONField()),
                ('confidence', models.FloatField(null=True)),
                ('raw_text', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('edited', 'Edited'), ('rejected', 'Rejected'), ('superseded', 'Superseded')], default='open', max_length=10)),
                ('invalid_reason', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('was_shown', models.BooleanField(editable=False, null=True)),
                ('batch', models.UUIDField(editable=False, null=True)),
                ('sample', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='datasets.sample')),
                ('settled_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='suggestions.source')),
                ('variable', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='datasets.variable')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['sample', 'variable', 'source'], name='suggestion_of_sample'), models.Index(fields=['source', 'variable', 'settled_at', 'confidence', 'sample'], name='suggestion_open'), models.Index(condition=models.Q(('settled_by__isnull', False)), fields=['settled_by', 'settled_at'], name='suggestion_by_person'), models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='suggestion_by_batch')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('sample', 'variable', 'source'), name='suggestion_one_open'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'accepted', 'edited', 'rejected', 'superseded'])), name='suggestion_state_known'), models.CheckConstraint(condition=models.Q(('confidence', None), models.Q(('confidence__gte', 0), ('confidence__lte', 1)), _connector='OR'), name='suggestion_confidence_is_a_share')],
            },
        ),
    ]
