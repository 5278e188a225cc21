"""Imports as the tests of this room make them."""

import io
import zipfile

from annotator.imports import actions, reading
from tests.pictures import picture, png_of_zeros, turned_photo


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


def states_of(image_import):
    return dict(image_import.files.values_list("path", "state"))


def zipped(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def mixed_folder(good=195, folders=50):
    """Files as people have them: good ones of all formats and sizes, and five that are not."""
    kinds = ["JPEG", "PNG", "WEBP", "GIF"]
    files = {}
    for number in range(good):
        kind = kinds[number % 4]
        if number % 10 == 0:
            data = turned_photo(seed=number, orientation=number % 8 + 1)
            kind = "JPEG"
        else:
            size = {"width": 40 + number, "height": 30 + number * 2 % 90}
            data = picture(seed=number, kind=kind, **size)
        files[f"photos/{number // folders}/{number}.{kind.lower()}"] = data
    return files | {
        "photos/broken.jpg": picture(kind="JPEG")[:500],
        "photos/notes.txt": b"not a picture",
        "photos/page.png": b"<html><script>alert(1)</script></html>",
        "photos/empty.gif": b"",
        "photos/bomb.png": png_of_zeros(20_000, 20_000),
        "photos/.DS_Store": b"clutter",
        "photos/__MACOSX/._1.jpg": b"clutter",
    }
