"""The Celery application. Jobs live in each room's `jobs.py`."""

import os

from celery import Celery

from annotator import beat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

app = Celery("annotator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
beat.install(app)
