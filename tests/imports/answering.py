"""Imports of answers as the tests of this room make them."""

from annotator.imports.answers import actions, work
from annotator.imports.answers.mapping import targets_of
from annotator.imports.formats.records import Standing

ACCEPTED = Standing.ACCEPTED


def opened(dataset, path, *, by=None, standing=ACCEPTED, **roles):
    """An import of the file or folder whose columns were read; `roles` are (role, variable) by column."""
    answer_import = actions.begin(dataset, by=by, standing=standing, path=path)
    work_all(answer_import)
    if roles:
        answer_import.mapping = [
            entry
            | dict(
                zip(("role", "variable"), roles.get(entry["column"], ("ignored", "")), strict=True)
            )
            for entry in answer_import.mapping
        ]
    targets = targets_of(answer_import.mapping)
    actions.choose_columns(answer_import, targets, standing=standing)
    return answer_import


def work_all(answer_import, *, seconds=60):
    """Until nothing is left to do."""
    while work.work(answer_import, seconds=seconds):
        pass
    answer_import.refresh_from_db()
    return answer_import


def check(answer_import):
    """The import, checked."""
    actions.start_check(answer_import)
    return work_all(answer_import)


def run(answer_import, *, by=None):
    """The import, done."""
    actions.start_import(answer_import, by=by)
    return work_all(answer_import)


def undo(answer_import, *, by=None):
    """The import, undone."""
    actions.start_undo(answer_import, by=by)
    return work_all(answer_import)


def counts(answer_import):
    """New, changed and equal values, and refusals."""
    one = answer_import
    return one.values_new, one.values_changed, one.values_equal, one.refused


def problems(answer_import):
    """(row, column, value) of each refusal."""
    return list(answer_import.refusals.values_list("number", "column", "value"))
