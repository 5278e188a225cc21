"""Statements that many requests make, composed once in each process: that takes longer than running.

A query is written as a queryset, with `Given` in place of the values that differ from call to call:

    SAMPLE = CompiledQuery(lambda: Sample.objects.filter(pk=Given("sample", UUIDField())))
    [sample] = SAMPLE.instances(sample=pk)
"""

from annotator.compiled.inserts import CompiledInsert
from annotator.compiled.instances import stored, unsaved
from annotator.compiled.queries import CompiledQuery
from annotator.compiled.statements import Given
from annotator.compiled.updates import CompiledUpdate, compiled_move

__all__ = [
    "CompiledInsert",
    "CompiledQuery",
    "CompiledUpdate",
    "Given",
    "compiled_move",
    "stored",
    "unsaved",
]
