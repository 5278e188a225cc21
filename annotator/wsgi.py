"""What the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

application = get_wsgi_application()

# What a page of rows is made of is gone with its request: looking for cycles after every 700 new objects
# took a fifth of the time. What was imported stays, and is never looked through again.
gc.freeze()
gc.set_threshold(20_000, 20, 50)
