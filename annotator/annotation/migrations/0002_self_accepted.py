from django.db import migrations, models


def copy_skip_reasons(apps, schema_editor):
    """Samples that are skipped get the reason of the answer that skipped them."""
    answers = apps.get_model("annotation", "Answer").objects.filter(state="skipped", sample__state="skipped")
    samples = apps.get_model("datasets", "Sample").objects
    for sample_id, reason in answers.exclude(skip_reason="").values_list("sample_id", "skip_reason").iterator():
        samples.filter(pk=sample_id).update(skip_reason=reason)


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0001_initial"),
        ("datasets", "0009_skip_reason_and_script_values"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="is_self_accepted",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(copy_skip_reasons, migrations.RunPython.noop),
    ]
