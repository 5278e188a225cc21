"""Imports as the tests of this room make them."""

from annotator.imports import actions, reading


def receive_all(dataset, files, **choices):
    """A started import of {path: bytes}, or of such pairs where a path comes twice."""
    image_import = actions.begin(dataset, by=None, **choices)
    for path, data in getattr(files, "items", lambda: files)():
        actions.receive(image_import, path=path, chunks=[data])
    actions.start(image_import, by=None)
    return image_import


def read_all(image_import):
    """Read its files, to the last."""
    while reading.work(image_import, seconds=60):
        pass
    image_import.refresh_from_db()


def import_all(dataset, files, **choices):
    """The same import, finished."""
    image_import = receive_all(dataset, files, **choices)
    read_all(image_import)
    return image_import
