from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0007_type_from_registry'),
    ]

    operations = [
        # An index with a condition does not follow the new name by itself.
        migrations.RemoveIndex(model_name='variablevalue', name='value_by_truth'),
        migrations.RenameField(model_name='variablevalue', old_name='truth', new_name='boolean_value'),
        migrations.AddIndex(
            model_name='variablevalue',
            index=models.Index(
                condition=models.Q(('boolean_value__isnull', False)),
                fields=['variable', 'boolean_value', 'sample'],
                name='value_by_boolean',
            ),
        ),
    ]
