"""Slow: the command that moves files, killed in the middle, as an operator runs it."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.files.storage import storages

from tests.object_store import BUCKET, KEY, SECRET, use_bucket

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent.parent
FILES = 60


def manage(*arguments, **env):
    """A command of an installation of its own, started."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    base = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=base | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lay_out(data):
    """Files of pictures, as an app without a bucket has stored them: content by name."""
    contents = {}
    for _ in range(FILES):
        content = os.urandom(200_000)
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg"
        path = data / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        contents[name] = content
    return contents


def test_a_killed_move_loses_nothing_and_goes_on(settings, object_store, tmp_path):
    contents = lay_out(tmp_path / "data")
    env = {
        "DATA_DIR": str(tmp_path / "data"),
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT": object_store,
        "S3_ACCESS_KEY": KEY,
        "S3_SECRET_KEY": SECRET,
        "S3_PREFIX": tmp_path.name,
    }
    with manage("migrate", "--verbosity=0", **env) as migrating:
        assert migrating.wait(300) == 0
    use_bucket(settings, object_store, location=tmp_path.name)
    bucket = storages["bucket"]

    def here():
        return {name for name in contents if (tmp_path / "data/media" / name).exists()}

    for share in (0.25, 0.5):
        with manage("move_files", "--to", "s3", **env) as moving:
            while len(here()) > FILES * (1 - share):
                assert moving.poll() is None, moving.stdout.read()
                time.sleep(0.02)
            moving.kill()
        assert here()
        assert here() | {entry.name for entry in bucket.entries("originals")} == set(contents)
    with manage("move_files", "--to", "s3", **env) as moving:
        said, _ = moving.communicate(timeout=300)

    assert moving.returncode == 0, said
    assert not here()
    assert {name: bucket.read(name) for name in contents} == contents
    bucket.client.close()
