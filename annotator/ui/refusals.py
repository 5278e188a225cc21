"""What is refused is said on the page that a person comes back to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from annotator.errors import BadInput, WrongState


@contextmanager
def refusal_as_message(request: HttpRequest) -> Iterator[None]:
    """The block ends where BadInput or WrongState is raised; the next page says why."""
    try:
        yield
    except (BadInput, WrongState) as refusal:
        messages.error(request, str(refusal))
