"""`manage.py verify_media`: reads every stored image back and compares it with the hash in its name."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.errors import StorageError
from annotator.images import files
from annotator.images.models import Image
from annotator.storage import files as stored


class Command(BaseCommand):
    """Finds missing and damaged files; ends with 1 when there are any."""

    help = "Check every stored image file against its hash."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds --mark."""
        parser.add_argument(
            "--mark",
            action="store_true",
            help="mark what is lost: a mirrored image is fetched again, another can be uploaded again",
        )

    def handle(self, *args: Any, mark: bool = False, **options: Any) -> None:
        """Check every file and list the lost ones; CommandError when there are any."""
        checked, lost = 0, 0
        try:
            for image in Image.objects.filter(state=Image.State.STORED).iterator(chunk_size=500):
                if not files.is_intact(image):
                    lost += 1
                    self.stdout.write(
                        f"lost: {image.pk} {image.name} ({files.original_name(image)})"
                    )
                    if mark:
                        self.mark(image)
                checked += 1
        except StorageError as error:
            raise CommandError(
                f"{error}. {checked} files were checked, {lost} of them are lost: call it again."
            ) from error
        if lost:
            raise CommandError(f"{lost} of {checked} files are missing or damaged.")
        self.stdout.write(f"All {checked} files are intact.")

    def mark(self, image: Image) -> None:
        """Delete the damaged file, so that a placeholder is shown instead."""
        stored.remove(files.original_name(image))
        image.state = Image.State.PENDING if image.is_mirrored else Image.State.MISSING
        image.fetch_error = "The stored file was damaged."
        image.fetch_attempts, image.fetch_after = 0, None
        image.save(update_fields=["state", "fetch_error", "fetch_attempts", "fetch_after"])
