"""`manage.py move_files --to s3`: pictures and exports to the bucket, or back with `--to local`."""

from __future__ import annotations

import signal
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotator.exports.models import ExportJob
from annotator.predictions.models import Prediction
from annotator.storage import files
from annotator.storage.folder import path_of
from annotator.storage.moving import Damaged, File, move_all, pictures
from annotator.training.models import TrainingRun

REPORT_SECONDS = 5.0
AGAIN = "Run the command again to go on."


class Command(BaseCommand):
    """Progress and what was left. Ends with 1 when it was stopped, or a file is damaged."""

    help = (
        "Move stored pictures and exports to the bucket or back, each checked by its checksum. The app may"
        " run meanwhile; the command may be stopped, and goes on when it is called again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--to", choices=["s3", "local"], required=True)

    def handle(self, *args: Any, to: str, **options: Any) -> None:
        """Move all that lies at the other place."""
        check(to)
        self.stopped = False
        before = {each: signal.signal(each, self.stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.move(to_bucket=to == "s3")
        except OSError as error:
            raise CommandError(f"{error.strerror or error}. {AGAIN}") from error
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def stop(self, *_: Any) -> None:
        """Begin no further file."""
        self.stopped = True

    def move(self, *, to_bucket: bool) -> None:
        """Raises CommandError when not all was moved, OSError when a place fails."""
        total = Total(listed(to_bucket=to_bucket))
        damaged: list[Damaged] = []
        for file, problem in move_all(
            listed(to_bucket=to_bucket), to_bucket=to_bucket, is_stopped=lambda: self.stopped
        ):
            if problem is not None:
                damaged.append(problem)
                self.stderr.write(f"left where it is: {problem}")
            elif line := total.after(file):
                self.stdout.write(line)
        where = "to the bucket" if to_bucket else "to the data folder"
        done = f"Moved {total.done:,} files {where}, {megabytes(total.done_bytes)}."
        if self.stopped:
            raise CommandError(f"Stopped. {done} {AGAIN}")
        if damaged:
            raise CommandError(
                f"{done} {len(damaged):,} are damaged and stay where they are:"
                " `manage.py verify_media --mark` marks such pictures to be sent again."
            )
        self.stdout.write(done)


class Total:
    """How much there is to move, and how far it is."""

    def __init__(self, some: Iterator[File]) -> None:
        self.files = self.bytes = self.done = self.done_bytes = 0
        for file in some:
            self.files += 1
            self.bytes += file.size_bytes
        self.began = self.said_at = time.monotonic()

    def after(self, file: File) -> str:
        """Count a file that was moved; a line for a person when it is time for one, else empty."""
        self.done += 1
        self.done_bytes += file.size_bytes
        now = time.monotonic()
        if now - self.said_at < REPORT_SECONDS:
            return ""
        self.said_at = now
        rate = self.done / (now - self.began)
        left = max(self.files - self.done, 0) / rate
        words = f"{left / 60:,.0f} minutes" if left > 90 else f"{left:.0f} seconds"
        return (
            f"{self.done:,} of {self.files:,} files, {megabytes(self.done_bytes)} of"
            f" {megabytes(self.bytes)}, {rate:,.1f} files a second, about {words} left"
        )


def check(to: str) -> None:
    """CommandError unless the settings say that new files go there, and nobody needs them where they are."""
    if not files.has_bucket():
        raise CommandError("There is no bucket: set S3_BUCKET and the keys, for the app, too.")
    if to != settings.STORAGE:
        raise CommandError(
            f"New files go to the other place: set STORAGE={to}, restart the app, then move."
        )
    busy = TrainingRun.objects.active().local().count()
    busy += Prediction.objects.active().exclude(version=None).count()
    if to == "s3" and busy:
        raise CommandError(
            f"{busy} trainings or predictions may read pictures where they lie. Move when they have ended."
        )


def listed(*, to_bucket: bool) -> Iterator[File]:
    """What lies at the old place: pictures, then the exports that have their file."""
    jobs = ExportJob.objects.filter(state=ExportJob.State.DONE).exclude(sha256="").order_by("pk")
    exports = (
        File(job.stored_name, job.size_bytes, job.sha256)
        for job in jobs.iterator(chunk_size=500)
        if (path_of(job.stored_name).exists() if to_bucket else files.bucket().has(job.stored_name))
    )
    return chain(pictures(in_bucket=not to_bucket), exports)


def megabytes(size: int) -> str:
    """In MB or GB, as people read it."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
