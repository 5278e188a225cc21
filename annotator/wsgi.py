"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from annotator.garbage import look_less_often

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

application = get_wsgi_application()

look_less_often()
