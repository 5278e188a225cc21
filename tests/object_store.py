"""A real object store on loopback, and what it takes for the app to use it."""

import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

KEY, SECRET = "test:tester", "testing"
BUCKET = "annotator"


@contextmanager
def running_store(folder):
    """The address of a Swift that keeps its objects in the folder; it makes one bucket."""
    port_file, log = Path(folder, "port"), Path(folder).with_suffix(".log")
    command = [sys.executable, "-W", "ignore", "-m", "tests.object_store_server", str(folder)]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            deadline = time.monotonic() + 120
            while not port_file.exists() or not port_file.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            endpoint = f"http://127.0.0.1:{port_file.read_text()}"
            make_bucket(endpoint)
            yield endpoint
        finally:
            process.terminate()


def make_bucket(endpoint):
    """The bucket that all tests share, each with a prefix of its own."""
    import boto3

    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    client.close()


def options(endpoint, **changed):
    """Of a bucket in settings.STORAGES."""
    return {
        "bucket_name": BUCKET,
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "access_key": KEY,
        "secret_key": SECRET,
        "location": uuid.uuid4().hex,
        "addressing_style": "path",
    } | changed


def use_bucket(settings, endpoint, *, storage="s3", link_seconds=0, **changed):
    """Let the app use it; `settings` is the fixture."""
    storage_options = {
        "BACKEND": "annotator.storage.bucket.Bucket",
        "OPTIONS": options(endpoint, **changed),
    }
    settings.STORAGES = settings.STORAGES | {"bucket": storage_options}
    settings.STORAGE = storage
    settings.S3_LINK_SECONDS = link_seconds
