"""A result template: learned once, rendered with a parse-back check, and read in reverse."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotator.variables.errors import RenderRefused, TemplateRefused, ValueRefused
from annotator.variables.json_text import same
from annotator.variables.rendering.csv_format import CsvFormat
from annotator.variables.rendering.format import Format, Tokens, Unparsed, Unwritable
from annotator.variables.rendering.json_format import JsonFormat
from annotator.variables.rendering.placeholders import (
    Lint,
    Placeholder,
    fill,
    offset_before,
    placeholders_in,
    position,
)
from annotator.variables.rendering.plain_format import PlainFormat
from annotator.variables.rendering.tree import (
    Landing,
    Path,
    TokenInKey,
    agrees,
    find_landings,
    leaf_at,
    with_landings,
)
from annotator.variables.rendering.xml_format import XmlFormat
from annotator.variables.rendering.yaml_format import YamlFormat
from annotator.variables.spec import VariableSpec, by_name

FORMATS: dict[str | None, Callable[[str], Format]] = {
    "json": lambda text: JsonFormat(),
    "yaml": lambda text: YamlFormat(),
    "xml": lambda text: XmlFormat(),
    "csv": CsvFormat,
    None: lambda text: PlainFormat(),
}


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template whose every place is known: how it is written and where it is read."""

    text: str
    format_name: str | None
    specs: dict[str, VariableSpec]
    places: tuple[Placeholder, ...]
    lints: tuple[Lint, ...]
    format: Format = field(repr=False)
    tree: Any = field(repr=False)
    landings: dict[Path, Landing] = field(repr=False)
    shape: Any = field(repr=False)
    """The tree with its landings."""

    @cached_property
    def names(self) -> list[str]:
        """The variables that the template writes, in order."""
        return list(dict.fromkeys(place.name for place in self.places))


def learn_template(text: str, format_name: str | None, specs: Iterable[VariableSpec]) -> Template:
    """Find how each value is to be written and where it will be read. Raises TemplateRefused.

    `format_name` is json, yaml, xml, csv or None (free text; also an empty text means None).
    """
    known = by_name(specs)
    if (format_name or None) not in FORMATS:
        raise TemplateRefused(f"“{format_name}” is no format.", line=1, column=1)
    format_ = FORMATS[format_name or None](text)
    originals, tokens = placeholders_in(text), Tokens(text)
    places: Sequence[Placeholder] = originals
    for place in places:
        if place.name not in known:
            raise _refused(text, place.start, f"There is no variable “{place.name}”.")
    marks = [tokens(place.number) for place in places]
    try:
        in_context = format_.find_contexts(text, places, tokens)
        marks = [format_.mark(place, tokens(place.number)) for place in in_context]
        places = in_context
        tree = format_.parse(fill(text, places, marks))
        landings = find_landings(tree, tokens)
    except Unparsed as error:
        offset = offset_before(error.offset, places, marks)
        raise _refused(text, offset, f"Not valid {format_.title}: {error.message}") from None
    except TokenInKey as error:
        raise _refused(text, originals[error.number].start, "A variable can't be a key.") from None
    _refuse_lost(text, places, landings)
    by_path = {landing.path: landing for landing in landings}
    return Template(
        text=text,
        format_name=format_name or None,
        specs=known,
        places=tuple(places),
        lints=(*_usage_lints(text, places, known), *format_.lints(text, places, known)),
        format=format_,
        tree=tree,
        landings=by_path,
        shape=with_landings(tree, by_path),
    )


def _refused(text: str, offset: int, message: str) -> TemplateRefused:
    line, column = position(text, offset)
    return TemplateRefused(message, line=line, column=column)


def _refuse_lost(text: str, places: Sequence[Placeholder], landings: Sequence[Landing]) -> None:
    landed = {number for landing in landings for number in landing.numbers}
    for place in places:
        if place.number not in landed:
            message = (
                f"“{place.name}” stands where nobody reads it, as in a comment or a doubled key."
            )
            raise _refused(text, place.start, message)


def _usage_lints(
    text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
) -> list[Lint]:
    result, seen = [], set()
    for place in places:
        if place.name in seen:
            line, column = position(text, place.start)
            message = f"“{place.name}” is written more than once."
            result.append(Lint(message=message, line=line, column=column, name=place.name))
        seen.add(place.name)
    for name in specs:
        if name not in seen:
            message = f"“{name}” is written nowhere: nothing will be trained on it."
            result.append(Lint(message=message, line=1, column=1, name=name))
    rest = fill(text, places, [" " * (place.end - place.start) for place in places])
    if "{{" in rest:
        line, column = position(text, rest.index("{{"))
        message = "This {{ begins no place: write {{name}}."
        result.append(Lint(message=message, line=line, column=column))
    return result


def render(template: Template, values: Mapping[str, Any], *, is_checked: bool = False) -> str:
    """The training text for values keyed by name. Raises RenderRefused, naming the variable.

    The text is parsed again and every value compared. `is_checked` says that the values are canonical
    already; then missing required ones are left out instead of refused.
    """
    if is_checked:
        checked = {name: values.get(name) for name in template.names}
    else:
        checked = {name: _checked(template.specs[name], values) for name in template.names}
    texts = [_written(template, place, checked[place.name]) for place in template.places]
    text = fill(template.text, template.places, texts)
    try:
        tree = template.format.parse(text)
    except Unparsed as error:
        raise RenderRefused(_only_given(template, checked), _unreadable(error.message)) from None

    def expected(landing: Landing) -> Any:
        return _expected(template, landing, checked)

    if not agrees(tree, template.shape, expected):
        for path, landing in template.landings.items():
            if not same(leaf_at(tree, path), expected(landing)):
                name = template.places[landing.numbers[0]].name
                raise RenderRefused(name, _unreadable("another value would be read"))
        raise RenderRefused(_only_given(template, checked), _unreadable("other parts would change"))
    return text


def _unreadable(why: str) -> str:
    return f"The value can't be written into this template so that it reads back: {why}"


def _checked(spec: VariableSpec, values: Mapping[str, Any]) -> Any:
    try:
        return spec.check_answer(values.get(spec.name))
    except ValueRefused as error:
        raise RenderRefused(spec.name, error.message) from None


def _written(template: Template, place: Placeholder, value: Any) -> str:
    try:
        return template.format.write(place, template.specs[place.name], value)
    except Unwritable as error:
        raise RenderRefused(place.name, _unreadable(str(error))) from None


def _expected(template: Template, landing: Landing, values: Mapping[str, Any]) -> Any:
    place = template.places[landing.numbers[0]]
    if landing.whole:
        return template.format.landing(place, template.specs[place.name], values[place.name])
    texts = []
    for part in landing.pattern:
        if isinstance(part, str):
            texts.append(part)
        else:
            name = template.places[part].name
            texts.append(template.specs[name].text(values[name]))
    return template.format.joined("".join(texts), place)


def _only_given(template: Template, values: Mapping[str, Any]) -> str:
    """The one text among the values, if there is just one that could be at fault."""
    names = [name for name, value in values.items() if value is not None]
    return names[0] if len(names) == 1 else ""
