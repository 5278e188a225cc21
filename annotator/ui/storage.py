"""How static files are kept in production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from annotator.ui.bundles import bundles


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """One file of style sheets and one of modules for a page, with hashed names and compressed."""

    has_bundles = True  # templates ask for it

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Write the bundles beside what they are made of, then hash and compress all."""
        if not dry_run:
            for name, text in bundles(self._text).items():
                self.delete(name)
                self._save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read().decode()
