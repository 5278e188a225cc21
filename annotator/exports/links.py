"""Links to an export's file that work without signing in, for a while."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import TimestampSigner
from django.urls import reverse

from annotator.exports.models import ExportJob

signer = TimestampSigner(salt="annotator.exports.download")


def link_to(job: ExportJob) -> str:
    """The path of the link; it works for EXPORT_LINK_SECONDS and no longer than the file is kept."""
    return reverse("exports:archive", args=[signer.sign(str(job.pk)), job.file_name])


def job_of(signed: str) -> ExportJob | None:
    """The export that a link is for, None for one that is gone. Raises BadSignature, SignatureExpired."""
    pk = signer.unsign(signed, max_age=settings.EXPORT_LINK_SECONDS)
    jobs = ExportJob.objects.filter(pk=pk, dataset__removed_at=None).select_related("dataset")
    job = jobs.first()
    return job if job is not None and job.is_downloadable else None
