"""`manage.py download_base OWNER/NAME`: a base model from the hub, to be fine-tuned."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.errors import AnnotatorError
from annotator.remote.fetch import Fetcher
from annotator.training import hub
from annotator.training.hub.fetching import accept, is_accepted
from annotator.training.hub.offer import hub_fetcher

MB = 1_000_000


class Command(BaseCommand):
    """Shows size, commit and licence first; goes on where an earlier download was interrupted."""

    help = "Download a base model from the hub, at one commit and in safetensors alone."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the repository, --revision, --accept-licence and --token."""
        parser.add_argument("repository", metavar="OWNER/NAME")
        parser.add_argument("--revision", default="main", help="a branch, a tag or a commit")
        parser.add_argument(
            "--accept-licence",
            metavar="NAME",
            help="accept the licence of this name without asking",
        )
        parser.add_argument(
            "--token", action="store_true", help="ask for a token of the hub; it is kept nowhere"
        )

    def handle(
        self,
        *args: Any,
        repository: str,
        revision: str,
        accept_licence: str | None,
        token: bool,
        **options: Any,
    ) -> None:
        """Ask the hub, then for the licence, then download."""
        try:
            with hub_fetcher(getpass.getpass("Token of the hub: ") if token else "") as fetcher:
                self._download(fetcher, hub.offer_of(fetcher, repository, revision), accept_licence)
        except AnnotatorError as problem:
            raise CommandError(str(problem)) from problem

    def _download(self, fetcher: Fetcher, offer: hub.Offer, accepted: str | None) -> None:
        self.stdout.write(
            f"{offer.repository} at {offer.commit}: {offer.family}, {len(offer.files)} files,"
            f" {offer.size_bytes / MB:,.1f} MB"
        )
        licence = offer.licence or "none"
        self.stdout.write(f"Licence: {licence}")
        if not is_accepted(offer):
            name = accepted or input(
                f"Type the licence's name to accept it ({licence.split()[0]}): "
            )
            if name.strip() != licence.split()[0]:
                raise CommandError(
                    f"The licence {licence} was not accepted: nothing is downloaded."
                )
            accept(offer, by=getpass.getuser())
        shown = -1

        def progress(there: int, of: int) -> None:
            nonlocal shown
            if (percent := 100 * there // max(of, 1)) > shown:
                shown = percent
                self.stdout.write(f"{percent:>3} %  {there / MB:,.1f} of {of / MB:,.1f} MB")

        folder = hub.download(fetcher, offer, on_progress=progress)
        self.stdout.write(f"{folder.name} can be chosen as a base now.")
