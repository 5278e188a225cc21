"""A bucket of S3-compatible object storage. Loaded only where one is set up: its libraries take memory.

Every method raises FileNotFoundError for what is not there, StorageFull when the bucket takes nothing more,
and StorageUnavailable for anything else that the storage does not do.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.conf import settings
from storages.backends.s3 import S3Storage

from annotator.errors import StorageFull, StorageUnavailable
from annotator.storage.folder import Entry, Opened
from annotator.storage.writing import new_file, private_folder

log = logging.getLogger(__name__)
T = TypeVar("T")

CONNECT_SECONDS = 3
READ_SECONDS = 20  # without a byte
ATTEMPTS = 3  # of each call, with a wait of a second or two between them
CONNECTIONS = 16
BLOCK_BYTES = 1 << 18
MISSING = {"NoSuchKey", "404", "NotFound"}
FULL = {
    *("InsufficientStorage", "QuotaExceeded", "EntityTooLarge"),
    *("XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"),
}
CHANGES = "private, max-age=31536000, immutable"  # of files that are named by their content or row


class Bucket(S3Storage):
    """The storage of django-storages with one client for all threads, which boto3's clients bear.

    Bodies are signed, so that the storage refuses what was damaged on its way. Checksums that only Amazon
    knows are not sent.
    """

    def __init__(self, **options: Any) -> None:
        config = Config(
            signature_version="s3v4",
            s3={
                "addressing_style": options.pop("addressing_style"),
                "payload_signing_enabled": True,
            },
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=CONNECTIONS,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(
            **options,
            client_config=config,
            transfer_config=TransferConfig(use_threads=False, max_concurrency=1),
            default_acl=None,
            file_overwrite=True,
        )
        self._making = threading.Lock()
        self._client: Any = None

    @property
    def client(self) -> Any:
        """For all threads."""
        with self._making:
            if self._client is None:
                self._client = self.connection.meta.client
        return self._client

    def key(self, name: str) -> str:
        """What the bucket calls the file."""
        return str(self._normalize_name(name))

    def keep(
        self, name: str, source: bytes | Path, *, watch: Callable[[int], object] = lambda _: None
    ) -> None:
        """Write it, in place of what had the name; it is whole when this returns, or not there.

        What `watch` raises ends it, at the latest when the file is there.
        """
        raised: list[Exception] = []

        def watched(size_bytes: int) -> None:
            try:
                watch(size_bytes)
            except Exception as error:
                raised.append(error)
                raise

        with _clear_errors(name), _reader(source) as file:
            try:
                self.client.upload_fileobj(
                    file,
                    self.bucket_name,
                    self.key(name),
                    ExtraArgs=self._get_write_parameters(name),
                    Callback=watched,
                    Config=self.transfer_config,
                )
            except (
                HTTPClientError
            ):  # which botocore makes of anything that is raised while it sends
                if raised:
                    raise raised[0] from None
                raise

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        try:
            self.entry(name)
        except FileNotFoundError:
            return False
        return True

    def entry(self, name: str) -> Entry:
        """Its size, and when it was written."""
        with _clear_errors(name):
            about = self.client.head_object(Bucket=self.bucket_name, Key=self.key(name))
        return Entry(name, about["ContentLength"], about["LastModified"].timestamp())

    def opened(self, name: str) -> Opened:
        """Its content as it comes; reading raises as the methods do."""
        with _clear_errors(name):
            answer = self.client.get_object(Bucket=self.bucket_name, Key=self.key(name))
        body = io.BufferedReader(_Body(answer["Body"], name), BLOCK_BYTES)
        return Opened(body, answer["ContentLength"], is_on_disk=False)

    def read(self, name: str) -> bytes:
        """The whole content."""
        return self._whole(name, lambda body: body.read())

    def download_to(self, name: str, target: Path) -> None:
        """Write its content to a new file; none is left when that fails."""
        private_folder(target.parent)
        try:
            with new_file(target) as file:
                self._whole(name, partial(_copy, target=file))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            raise
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _whole(self, name: str, take: Callable[[IO[bytes]], T]) -> T:
        """What `take` makes of the content; it begins again where the connection breaks meanwhile."""
        for attempt in range(1, ATTEMPTS + 1):
            opened = self.opened(name)
            try:
                with opened.file as body:
                    return take(body)
            except StorageUnavailable:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("one attempt at least")

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The files whose names begin so, in order."""
        start = f"{self.key(prefix)}/"
        skipped = len(start) - len(prefix) - 1
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=start
        )
        with _clear_errors(prefix):
            for page in pages:
                for each in page.get("Contents", ()):
                    changed_at = each["LastModified"].timestamp()
                    yield Entry(each["Key"][skipped:], each["Size"], changed_at)

    def link(self, name: str, *, content_type: str, disposition: str) -> str:
        """An address that gives the file without a sign-in, for S3_LINK_SECONDS. No call is made."""
        said = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": CHANGES,
        }
        with _clear_errors(name):
            return str(
                self.client.generate_presigned_url(
                    "get_object",
                    Params={"Bucket": self.bucket_name, "Key": self.key(name), **said},
                    ExpiresIn=settings.S3_LINK_SECONDS,
                )
            )

    def remove(self, name: str) -> None:
        """Delete it; nothing happens where there is none."""
        try:
            with _clear_errors(name):
                self.client.delete_object(Bucket=self.bucket_name, Key=self.key(name))
        except FileNotFoundError:
            pass

    def check(self) -> None:
        """Raise StorageUnavailable unless the bucket is there and we may list it."""
        with _clear_errors(self.bucket_name):
            self.client.list_objects_v2(Bucket=self.bucket_name, MaxKeys=1)


def _copy(body: IO[bytes], *, target: IO[bytes]) -> None:
    """Make the content that of the target, whatever was written to it before."""
    target.seek(0)
    target.truncate()
    shutil.copyfileobj(body, target, BLOCK_BYTES)


class _Body(io.RawIOBase):
    """The body of an answer."""

    def __init__(self, body: Any, name: str) -> None:
        self._body, self.name = body, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _clear_errors(self.name):
            data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()


@contextmanager
def _reader(source: bytes | Path) -> Iterator[IO[bytes]]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        yield file


@contextmanager
def _clear_errors(name: str) -> Iterator[None]:
    """Make one of ours of what boto3 raises. No key and no signature is in its text."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in MISSING:
            raise FileNotFoundError(errno.ENOENT, "It is not in the bucket", name) from error
        if code in FULL or status == 507:
            raise StorageFull(errno.ENOSPC, "The object storage is full") from error
        log.error("object storage: %s of %s: %s", error.operation_name, name, code or status)
        raise StorageUnavailable(
            errno.EIO, f"The object storage refuses it ({code or status})"
        ) from error
    except (BotoCoreError, Boto3Error, HTTPClientError) as error:
        log.error("object storage: %s: %s", name, type(error).__name__)
        raise StorageUnavailable(errno.EIO, "The object storage does not answer") from error
