"""The settings of the server that the benchmarks measure: ours, with room and one address more."""

from annotator.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
# Calls are counted as ever; no one who measures is told to wait.
API_CALLS_PER_MINUTE = {"token": 10**9, "person": 10**9, "address": 10**9}
# Twenty people sign in before a measurement begins.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
