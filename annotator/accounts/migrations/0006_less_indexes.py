import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_squashed_0005_unread'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='workspace',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='audit_events', to='accounts.workspace'),
        ),
    ]
