"""XML of any size, element by element, without document types and so without entities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from xml.etree import ElementTree

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_DEPTH, MAX_VALUE_BYTES

Element = ElementTree.Element

PROLOG_BYTES = 65_536
BLOCK_BYTES = 65_536
PROLOG = re.compile(r"\ufeff?(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


def xml_events(file: IO[bytes]) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) as the file has them; who takes them clears what isn't needed any more.

    Raises BadInput for a document type, for an element larger than 64 MB and for what is no XML.
    """
    start = file.read(PROLOG_BYTES)
    check_prolog(start)
    # Without a document type there are no entities to expand.
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    since, depth, block = 0, 0, start
    try:
        while block:
            parser.feed(block)
            since += len(block)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                since = 0
                if depth > MAX_DEPTH:
                    raise BadInput(f"It is nested too deeply: more than {MAX_DEPTH} levels.")
                yield event, element
            if since > MAX_VALUE_BYTES:
                raise BadInput("It has an element of more than 64 MB.")
            block = file.read(BLOCK_BYTES)
        parser.close()
    except ElementTree.ParseError as error:
        raise BadInput(f"It is not valid XML: {error}.") from None
    except (LookupError, ValueError):  # of an encoding that the file names
        raise BadInput("It is not valid XML: save it as UTF-8.") from None


def check_prolog(start: bytes) -> None:
    """Raises BadInput unless the bytes begin as XML whose first element comes without a document type."""
    is_wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = start.decode("utf-16" if is_wide else "latin-1", "replace").removeprefix("ï»¿")
    prolog = PROLOG.match(text)
    rest = text[prolog.end() :] if prolog else text
    if rest.startswith("<!"):
        raise BadInput(
            "It declares a document type, which isn't read: remove the line <!DOCTYPE …>."
        )
    if not re.match(r"<[A-Za-z_]", rest):
        raise BadInput("It is not valid XML.")


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]
