"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import reverse

from annotator.garbage import look_less_often

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

application = get_wsgi_application()

# Else the first request loads all views and tags: in each process again, where the server has several.
engines.all()
reverse("home:home")

look_less_often()
