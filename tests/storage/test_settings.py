"""What the environment says of the bucket, and that nothing of it is loaded without one."""

import os
import subprocess
import sys

import pytest

SETTINGS = """
import annotator.settings as s, sys
print(s.STORAGE, "bucket" in s.STORAGES, s.CONTENT_SECURITY_POLICY["img-src"])
"""
LOADED = """
import sys, django
django.setup()
import annotator.urls
from annotator.storage import files
print(files.has_bucket(), [name for name in ("boto3", "botocore", "storages") if name in sys.modules])
"""
KEYS = {"S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret"}


def run(program, tmp_path, **env):
    """(the last line, whether it went well) of a program in this environment."""
    names = ("PATH", "HOME", "SECRET_KEY", "DATABASE_URL", "REDIS_URL")
    base = {name: os.environ[name] for name in names if name in os.environ}
    base |= {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "annotator.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=base | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return (done.stdout + done.stderr).strip().splitlines()[-1], done.returncode == 0


def test_without_a_bucket_nothing_of_it_is_loaded(tmp_path):
    assert run(LOADED, tmp_path) == ("False []", True)


def test_pictures_may_come_from_the_bucket_where_it_gives_them_itself(tmp_path):
    place = KEYS | {"S3_BUCKET": "pictures", "S3_ENDPOINT": "https://store.example:9000"}

    by_app = run(SETTINGS, tmp_path, **place)
    by_bucket = run(SETTINGS, tmp_path, **place, S3_LINK_SECONDS="300")

    assert by_app == ("s3 True 'self' blob: data:", True)
    assert by_bucket == ("s3 True 'self' blob: data: https://store.example:9000", True)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"STORAGE": "s3"}, "STORAGE must be local, or s3"),
        ({"S3_BUCKET": "b", "S3_ACCESS_KEY": "key"}, "belong together"),
        ({"S3_BUCKET": "b", "S3_ENDPOINT": "store:9000"}, "S3_ENDPOINT must be https://host"),
        ({"S3_BUCKET": "b", "S3_LINK_SECONDS": "700000"}, "between 0 and 604800"),
    ],
)
def test_what_cannot_be_meant_stops_the_start(tmp_path, env, words):
    line, went_well = run(SETTINGS, tmp_path, **env)

    assert not went_well
    assert words in line
