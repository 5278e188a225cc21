"""XML: text, attributes and CDATA. Parsed without DTD, entities or anything from outside."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.parsers import expat

from annotator.variables.rendering.format import TextFormat, Tokens, Unparsed, Unwritable
from annotator.variables.rendering.placeholders import Lint, Placeholder, fill, position
from annotator.variables.spec import VariableSpec

# What XML 1.0 has no way to write, references included.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
MAX_DEPTH = 100
# A root of our own: answers often are several elements side by side, or have text around them.
# No document type, and so no entity, can be declared inside of it.
ROOT = "_"


@dataclass
class Element:
    """An open element: its path, the children seen by tag, the text since the last child."""

    path: str
    children: dict[str, int] = field(default_factory=dict)
    slot: int = 0


class Reader:
    """Turns XML into a flat dict: `card[0]/grade[0]#0` (text) and `card[0]@id` (attribute)."""

    def __init__(self) -> None:
        self.tree: dict[str, str] = {}
        self.open: list[Element] = []
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) > MAX_DEPTH:
            raise Unparsed(f"Nest at most {MAX_DEPTH} levels deep.", 0)
        path = self._enter(tag) if self.open else ""
        self.open.append(Element(path))
        self.tree |= {f"{path}@{name}": value for name, value in attributes.items()}
        self.tree[f"{path}#0"] = ""

    def _enter(self, tag: str) -> str:
        parent = self.open[-1]
        number = parent.children.get(tag, 0)
        parent.children[tag] = number + 1
        parent.slot += 1
        self.tree[f"{parent.path}#{parent.slot}"] = ""
        return f"{parent.path}/{tag}[{number}]" if parent.path else f"{tag}[{number}]"

    def _end(self, _tag: str) -> None:
        self.open.pop()

    def _text(self, text: str) -> None:
        element = self.open[-1]
        self.tree[f"{element.path}#{element.slot}"] += text


class XmlFormat(TextFormat):
    """Contexts: `text`, `attribute`, `cdata`."""

    title = "XML"

    def find_contexts(
        self, text: str, places: Sequence[Placeholder], token: Tokens
    ) -> list[Placeholder]:
        marked = fill(text, places, [token(place.number) for place in places])
        tree = self.parse(marked)
        attributes = "\n".join(value for key, value in tree.items() if "@" in key)
        sections = "\n".join(CDATA.findall(marked))
        result = []
        for place in places:
            word = token(place.number)
            context = "attribute" if word in attributes else "cdata" if word in sections else "text"
            result.append(replace(place, context=context))
        return result

    def parse(self, text: str) -> Any:
        body = DECLARATION.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
        if body.lstrip().startswith("<!DOCTYPE"):
            raise Unparsed("Remove the document type.", body.index("<"))
        reader = Reader()
        source = f"<{ROOT}>{body}</{ROOT}>".encode(errors="surrogatepass")
        try:
            reader.parser.Parse(source, True)
        except expat.ExpatError as error:
            before = source[: reader.parser.ErrorByteIndex].decode(errors="ignore")
            message = expat.ErrorString(error.code)
            offset = len(before) - len(f"<{ROOT}>")
            raise Unparsed(f"{message[:1].upper()}{message[1:]}.", offset) from None
        return reader.tree

    def write(self, place: Placeholder, spec: VariableSpec, value: Any) -> str:
        text = spec.text(value)
        bad = FORBIDDEN.search(text)
        if bad:
            raise Unwritable(f"XML has no character U+{ord(bad[0]):04X}")
        if place.context == "cdata":
            return text.replace("]]>", "]]]]><![CDATA[>")
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = text.replace("\r", "&#13;")
        if place.context == "attribute":
            text = text.replace('"', "&quot;").replace("'", "&apos;")
            text = text.replace("\n", "&#10;").replace("\t", "&#9;")
        return text

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        result = []
        for place in places:
            rules = specs[place.name].type_rules
            if not rules.scalar:
                line, column = position(text, place.start)
                message = f"The {rules.name} is written as JSON: XML has no form of its own for it."
                result.append(Lint(message=message, line=line, column=column, name=place.name))
        marked = fill(text, places, ["" for _ in places])
        tags = [key for key in self.parse(marked) if re.fullmatch(r"[^/@#]+#0", key)]
        if len(tags) != 1:
            message = "Put one element around everything: many readers accept no other XML."
            result.append(Lint(message=message, line=1, column=1))
        return result

    def candidates(self, output: str, tree: Any) -> list[tuple[str, str]]:
        candidates = [(output, "")]
        tags = [re.escape(key.split("[")[0]) for key in tree if re.fullmatch(r"[^/@#]+#0", key)]
        first = re.search(rf"<(?:{'|'.join(dict.fromkeys(tags))})[\s>/]", output) if tags else None
        end = output.rfind(">") + 1
        if first and end:
            candidates.append((output[first.start() : end], "text around the XML left out"))
        return candidates
