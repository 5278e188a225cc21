"""Which sample each row is about: by external id or ours, by the bytes of its pictures, then by name."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Field, TextField, UUIDField

from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset, Sample, SampleImage
from annotator.imports.answers.finding import UPLOAD_PREFIX, file_name, names_of, narrowed
from annotator.imports.answers.rows import Row
from annotator.imports.formats.pictures import is_picture_path
from annotator.names import folded, safe_name

Ids = dict[str, list[UUID]]


def _compiled(column: str, field: Field) -> CompiledQuery:
    """The samples of a dataset by one of their columns."""
    given: dict[str, Any] = {f"{column}__in": Given("wanted", field, many=True)}
    live = Sample.objects.live
    return CompiledQuery(
        lambda: live().filter(dataset_id=Given("dataset", UUIDField()), **given).order_by()
    )


SAMPLES_BY = {
    **{name: _compiled(name, TextField()) for name in ("name", "name_folded", "external_id")},
    "id": _compiled("id", UUIDField()),
}


@dataclass
class Subject:
    """A row with the sample that it is about; None: it makes one. `digests` are of its pictures' bytes."""

    row: Row
    digests: list[str] = field(default_factory=list)
    address: str = ""  # of its first picture, where that is to be downloaded
    unreadable: str = ""  # which of its pictures can't be read and why, where a check has seen that
    sample: Sample | None = None
    alike: int = 0  # samples that could be meant

    @property
    def identity(self) -> str:
        """The same for two rows about one sample, whether it is there already or not."""
        if self.sample is not None:
            return f"sample:{self.sample.pk}"
        if self.row.external_id:
            return f"id:{self.row.external_id}"
        if self.digests:
            return f"image:{self.digests[0]}"
        if self.address:
            return f"address:{self.address}"
        return f"name:{folded(sample_name(self.row))}"

    @property
    def key(self) -> str:
        """The same for two rows of one sample with the same kind of answers, source and author."""
        author = "" if self.row.author is None else str(self.row.author.pk)
        text = "\0".join([self.identity, self.row.standing, self.row.source, author])
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def sample_name(row: Row) -> str:
    """What a sample made of the row is called: its name, else its first picture's, else its id."""
    if row.name:
        return row.name
    for reference in row.images:
        for name in names_of(reference):
            return stem(file_name(safe_name(name)))[: Sample.NAME_LENGTH]
    return row.external_id


def stem(name: str) -> str:
    """A file's name without its ending."""
    return name.rpartition(".")[0] or name


def match(dataset: Dataset, subjects: Sequence[Subject]) -> None:
    """Set each row's sample, or refuse the row when several could be meant. A few queries for all.

    A picture that came along, and that no sample has, is another picture than one that has its name.
    """
    by_id = _by_id(dataset, {subject.row.external_id for subject in subjects} - {""})
    for subject in subjects:
        subject.sample = by_id.get(subject.row.external_id)
    for candidates_of in (_by_digest, _by_name, _by_folded_name, _by_picture_name):
        is_by_name = candidates_of is not _by_digest
        open_ = [s for s in subjects if _is_open(s, is_by_name=is_by_name)]
        if open_:
            _choose(open_, candidates_of(dataset, open_))
    for subject in subjects:
        if subject.sample is None and subject.alike:
            subject.row.refuse(
                f"{subject.alike} samples of this dataset could be meant.",
                "Add a column with the samples' external ids, or give the samples different names.",
            )


def _by_id(dataset: Dataset, ids: set[str]) -> dict[str, Sample]:
    """Samples by these external ids, and by our own ids, which our exports have."""
    samples = _instances(dataset, "external_id", ids)
    own = {}
    for text in ids:
        with suppress(ValueError):
            own[text] = UUID(text)
    known = {each.pk: each for each in _instances(dataset, "id", own.values())}
    named = {text: known[pk] for text, pk in own.items() if pk in known}
    return named | {sample.external_id or "": sample for sample in samples}


def _is_open(subject: Subject, *, is_by_name: bool) -> bool:
    row = subject.row
    is_other_picture = is_by_name and subject.digests and not row.name
    return subject.sample is None and not row.is_refused and not is_other_picture


def _choose(subjects: Sequence[Subject], candidates: list[list[Sample]]) -> None:
    """Take the one candidate of each row. One that has another external id is another sample."""
    for subject, samples in zip(subjects, candidates, strict=True):
        alike = list({sample.pk: sample for sample in samples}.values())
        if subject.row.external_id:
            alike = [sample for sample in alike if sample.external_id is None]
        if len(alike) == 1:
            subject.sample = alike[0]
        subject.alike = subject.alike or len(alike)


def _with(ids: list[list[UUID]]) -> list[list[Sample]]:
    """The samples of these ids, in one query."""
    wanted = {pk for each in ids for pk in each}
    samples = Sample.objects.in_bulk(wanted) if wanted else {}
    return [[samples[pk] for pk in each if pk in samples] for each in ids]


def _by_digest(dataset: Dataset, subjects: Sequence[Subject]) -> list[list[Sample]]:
    """Samples that hold a picture of the row, byte by byte."""
    wanted = {digest for subject in subjects for digest in subject.digests}
    holders: Ids = defaultdict(list)
    if wanted:
        relations = _relations(dataset).filter(image__source_sha256__in=wanted)
        for digest, pk in relations.values_list("image__source_sha256", "sample_id"):
            holders[digest].append(pk)
    return _with(
        [[pk for digest in subject.digests[:1] for pk in holders[digest]] for subject in subjects]
    )


def _names(row: Row) -> list[str]:
    """The names that the row's sample may have: as written, and what an import of the picture gives it."""
    if row.name:
        return [row.name, stem(row.name)] if is_picture_path(row.name) else [row.name]
    names: list[str] = []
    for reference in row.images[:1]:
        for name in names_of(reference):
            own = file_name(name)
            names += [own, stem(own), name, stem(UPLOAD_PREFIX.sub("", own))]
    return [safe_name(name) for name in names if name]


def _by_name(dataset: Dataset, subjects: Sequence[Subject]) -> list[list[Sample]]:
    return _named(dataset, subjects, "name", str)


def _by_folded_name(dataset: Dataset, subjects: Sequence[Subject]) -> list[list[Sample]]:
    """The same without case; reads the names of all samples."""
    return _named(dataset, subjects, "name_folded", folded)


def _instances(dataset: Dataset, column: str, wanted: Iterable[Any]) -> list[Sample]:
    return SAMPLES_BY[column].instances(dataset=dataset.pk, wanted=list(wanted))


def _named(
    dataset: Dataset, subjects: Sequence[Subject], column: str, spelled: Any
) -> list[list[Sample]]:
    names = [list(dict.fromkeys(map(spelled, _names(subject.row)))) for subject in subjects]
    wanted = {name for each in names for name in each}
    named: dict[str, list[Sample]] = defaultdict(list)
    for sample in _instances(dataset, column, wanted):
        named[getattr(sample, column)].append(sample)
    return [next((named[name] for name in each if name in named), []) for each in names]


def _by_picture_name(dataset: Dataset, subjects: Sequence[Subject]) -> list[list[Sample]]:
    """Samples with a picture of this file name; where several have it, those whose path ends alike."""
    names = [
        list(dict.fromkeys(name for ref in s.row.images[:1] for name in names_of(ref)))
        or ([s.row.name] if s.row.name else [])
        for s in subjects
    ]
    wanted = {folded(_own(name)) for each in names for name in each}
    paths: dict[str, list[tuple[str, UUID]]] = defaultdict(list)
    relations = _relations(dataset).filter(image__name_folded__in=wanted - {""})
    columns = ("image__name_folded", "image__path", "image__name", "sample_id")
    for name, path, plain, pk in relations.values_list(*columns):
        paths[name].append((path or plain, pk))
    chosen = []
    for each in names:
        name = next((name for name in each if folded(_own(name)) in paths), "")
        known = paths[folded(_own(name))] if name else []
        best = set(narrowed(name, [path for path, _ in known])) if len(known) > 1 else None
        chosen.append([pk for path, pk in known if best is None or path in best])
    return _with(chosen)


def _own(name: str) -> str:
    return file_name(safe_name(name))


def _relations(dataset: Dataset) -> Any:
    return SampleImage.objects.filter(
        sample__dataset=dataset, sample__removed_at=None, sample__only_for=None
    ).order_by()


def unmatched_reason(row: Row) -> tuple[str, str]:
    """(what is wrong, what to do) of a row that is about no sample and brings no picture."""
    if not (row.external_id or row.name or row.images):
        return "It does not say which sample it is about.", "Fill in its name, id or image."
    addresses = [ref.path for ref in row.images if "://" in ref.path]
    if addresses:
        return (
            "No sample has this picture, and pictures are not downloaded from their addresses.",
            "Let them be downloaded, which you choose below the columns, or send them with this file.",
        )
    if row.images:
        return (
            "This picture is neither among the files nor in the dataset.",
            "Send the picture together with this file, or import it first.",
        )
    return (
        "No sample of this dataset has this name or external id.",
        "Correct it, import its picture first, or send pictures together with this file.",
    )
