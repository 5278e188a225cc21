"""Finds uploads that nobody will finish, and files that no import waits for."""

from __future__ import annotations

import contextlib
import shutil
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from annotator.errors import WrongState
from annotator.imports import actions, spool
from annotator.imports.answers import actions as answer_actions
from annotator.imports.answers import received
from annotator.imports.models import AnswerImport, ImageImport

KEEP = timedelta(days=7)  # so long an unfinished upload can be continued


def discard_abandoned() -> int:
    """Cancel what has been receiving for longer than KEEP; how many."""
    old = ImageImport.objects.filter(
        state=ImageImport.State.RECEIVING, created_at__lt=timezone.now() - KEEP
    ).select_related("dataset__workspace")[:20]
    discarded = 0
    for image_import in old:
        with contextlib.suppress(WrongState):  # somebody continued it just now
            actions.cancel(image_import, by=None)
            discarded += 1
    return discarded + _discard_answers()


def _discard_answers() -> int:
    """The same for answers that nobody goes on to import."""
    waiting = [AnswerImport.State.RECEIVING, *AnswerImport.CHANGEABLE]
    old = AnswerImport.objects.filter(state__in=waiting, created_at__lt=timezone.now() - KEEP)
    discarded = 0
    for answer_import in old.select_related("dataset__workspace")[:20]:
        with contextlib.suppress(WrongState):
            answer_actions.cancel(answer_import, by=None)
            discarded += 1
    return discarded


def remove_leftovers() -> int:
    """Remove what was received for imports that ended before their files were removed, or were deleted."""
    # Looked for before the imports: one that begins meanwhile has its row before its folder.
    folders = spool.folders()
    is_open = ImageImport.objects.filter(state__in=ImageImport.OPEN)
    kept = {str(pk) for pk in is_open.values_list("pk", flat=True)}
    leftovers = [folder for folder in folders if folder.name not in kept]
    leftovers += _answers_leftovers()
    for folder in leftovers:
        shutil.rmtree(folder, ignore_errors=True)
    return len(leftovers)


def _answers_leftovers() -> list[Path]:
    """Folders of answers that were imported, cancelled or undone."""
    folders = received.folders()
    ended = [*AnswerImport.UNDOABLE, AnswerImport.State.UNDOING, AnswerImport.State.UNDONE]
    is_open = AnswerImport.objects.exclude(state__in=ended)
    kept = {str(pk) for pk in is_open.values_list("pk", flat=True)}
    return [folder for folder in folders if folder.name not in kept]
