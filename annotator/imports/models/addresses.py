"""What an import keeps of the file that it downloads by its address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db import models

from annotator.leases import Leased
from annotator.remote.downloads import Part


class FromAddress(Leased):
    """An import whose file may come from an address; a worker downloads it, and another one goes on."""

    ADDRESS_LENGTH = 2000

    started_at: models.DateTimeField[Any, Any]
    # Empty: files are sent, or a command named them. Without its query once it is not needed any more.
    address = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    download = models.JSONField(default=dict, blank=True)  # the fields of `remote.downloads.Part`

    class Meta:
        abstract = True

    @property
    def part(self) -> Part:
        """What is there of the file."""
        return Part(**self.download)

    @property
    def host(self) -> str:
        """Where the file comes from, for people."""
        return urlsplit(self.address).hostname or ""

    @property
    def plain_address(self) -> str:
        """The address without its query, which may hold a secret."""
        return urlsplit(self.address)._replace(query="", fragment="").geturl()
