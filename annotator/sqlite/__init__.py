"""Django's SQLite backend with what every request would do anew kept: the ENGINE of settings.DATABASES."""
