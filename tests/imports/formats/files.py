"""Files for the readers, and what they say of them."""

import struct

from annotator.imports.formats import open_source


def written(folder, name, content, encoding="utf-8"):
    """A file of this content, text or bytes."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows_of(source):
    """The cells of each row."""
    return [record.cells for record in source.records()]


def problems_of(source):
    """The problem of each row that has one, by number."""
    return {record.number: record.problem for record in source.records() if record.problem}


def read(folder, name, content, encoding="utf-8", **options):
    """A source of a file of this content."""
    return open_source(written(folder, name, content, encoding), **options)


def zip_of_empty_files(count, *, claimed=None, zip64=True):
    """The bytes of a zip with so many empty entries; its classic record claims `claimed` of them."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a"
    table = entry * count
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(table), 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(table), 1)
    claimed = count if claimed is None else claimed
    size = 46 * claimed if zip64 else len(table)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, claimed, claimed, size, 0, 0)
    return table + (end64 + locator if zip64 else b"") + end
