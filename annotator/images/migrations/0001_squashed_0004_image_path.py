import annotator.names
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('images', '0001_initial'), ('images', '0002_content_index'), ('images', '0003_name_folded'), ('images', '0004_image_path')]

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('connections', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DetectionLabel',
            fields=[
                ('remote_key', models.CharField(blank=True, editable=False, max_length=64, null=True)),
                ('remote_state', models.JSONField(blank=True, editable=False, null=True)),
                ('remote_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('name_folded', annotator.names.FoldedField(blank=True, default='', editable=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', annotator.names.NameField(max_length=200)),
                ('description', models.TextField(blank=True, default='')),
                ('color', models.CharField(default='#4477AA', max_length=7)),
                ('output_name', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('remote', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connections.remote')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='detection_labels', to='accounts.workspace')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('remote_key__isnull', False)), fields=('remote', 'remote_key'), name='detectionlabel_one_copy')],
            },
        ),
        migrations.CreateModel(
            name='Image',
            fields=[
                ('remote_key', models.CharField(blank=True, editable=False, max_length=64, null=True)),
                ('remote_state', models.JSONField(blank=True, editable=False, null=True)),
                ('remote_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('name_folded', annotator.names.FoldedField(blank=True, default='', editable=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('stored', 'Stored'), ('pending', 'Waiting for its file'), ('missing', 'File missing')], default='stored', max_length=8)),
                ('sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('source_sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('format', models.CharField(blank=True, editable=False, max_length=8)),
                ('width_px', models.PositiveIntegerField(editable=False, null=True)),
                ('height_px', models.PositiveIntegerField(editable=False, null=True)),
                ('size_bytes', models.PositiveBigIntegerField(editable=False, null=True)),
                ('name', annotator.names.NameField(blank=True, max_length=255)),
                ('path', models.CharField(blank=True, editable=False, max_length=1000)),
                ('test_image', models.BooleanField(default=False)),
                ('meta_data', models.JSONField(blank=True, default=dict)),
                ('source_url', models.URLField(blank=True, editable=False, max_length=2000)),
                ('fetch_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('fetch_after', models.DateTimeField(editable=False, null=True)),
                ('fetch_error', models.CharField(blank=True, editable=False, max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('remote', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connections.remote')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='images', to='accounts.workspace')),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'indexes': [models.Index(fields=['workspace', 'created_at', 'id'], name='image_newest'), models.Index(fields=['sha256'], name='image_content'), models.Index(condition=models.Q(('state', 'pending')), fields=['fetch_after'], name='image_awaiting_fetch')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('remote_key__isnull', False)), fields=('remote', 'remote_key'), name='image_one_copy'), models.UniqueConstraint(condition=models.Q(('remote_key__isnull', True)), fields=('workspace', 'source_sha256'), name='image_sent_once')],
            },
        ),
        migrations.CreateModel(
            name='DetectionObject',
            fields=[
                ('remote_key', models.CharField(blank=True, editable=False, max_length=64, null=True)),
                ('remote_state', models.JSONField(blank=True, editable=False, null=True)),
                ('remote_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('xmin', models.FloatField(db_column='box_xmin')),
                ('ymin', models.FloatField(db_column='box_ymin')),
                ('xmax', models.FloatField(db_column='box_xmax')),
                ('ymax', models.FloatField(db_column='box_ymax')),
                ('meta_data', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='detection_objects', to='images.detectionlabel')),
                ('remote', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connections.remote')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='detection_objects', to='images.image')),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('remote_key__isnull', False)), fields=('remote', 'remote_key'), name='detectionobject_one_copy'), models.CheckConstraint(condition=models.Q(('xmax__gt', models.F('xmin')), ('ymax__gt', models.F('ymin'))), name='detectionobject_has_area')],
            },
        ),
    ]
