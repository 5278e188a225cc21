"""Celery entry points of the room."""

from __future__ import annotations

from celery import shared_task

from annotator.imports import reading, sweeps
from annotator.imports.answers import work
from annotator.imports.models import AnswerImport, ImageImport
from annotator.queueing import CHUNK_SECONDS, enqueue_on_commit


@shared_task
def read_pictures(image_import_id: str) -> None:
    """Read files of an import for a while, then enqueue the next chunk. Idempotent."""
    image_import = (
        ImageImport.objects.select_related("dataset__workspace", "started_by")
        .filter(pk=image_import_id)
        .first()
    )
    if image_import is not None and reading.work(image_import, seconds=CHUNK_SECONDS):
        enqueue_on_commit(read_pictures, image_import_id)


@shared_task
def work_on_answers(answer_import_id: str) -> None:
    """Open, check, import or undo answers for a while, then enqueue the next chunk. Idempotent."""
    answer_import = (
        AnswerImport.objects.select_related("dataset__workspace", "started_by")
        .filter(pk=answer_import_id)
        .first()
    )
    if answer_import is not None and work.work(answer_import, seconds=CHUNK_SECONDS):
        enqueue_on_commit(work_on_answers, answer_import_id)


@shared_task
def sweep_imports() -> None:
    """Enqueue imports whose worker or message was lost; discard uploads that nobody finishes."""
    reading.fail_exhausted()
    for pk in ImageImport.objects.awaiting_work().values_list("pk", flat=True)[:20]:
        enqueue_on_commit(read_pictures, str(pk))
    work.fail_exhausted()
    for pk in AnswerImport.objects.awaiting_work().values_list("pk", flat=True)[:20]:
        enqueue_on_commit(work_on_answers, str(pk))
    sweeps.discard_abandoned()
    sweeps.remove_leftovers()
