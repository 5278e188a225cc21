"""What can be wrong with a variable, a value or a template.

VariableError (a BadInput: whoever sent it can correct it)
├── ConfigError      a variable's own limits make no sense: change the key it names
├── ValueRefused     a value breaks its variable's rules: change the value
├── TemplateRefused  a result template can't be used: change the text at line and column
└── RenderRefused    a sample's values can't be written into a template: the variable is named
"""

from annotator.errors import BadInput


class VariableError(BadInput):
    """`message` is a full sentence for the person who can correct it."""

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message, fields=fields)
        self.message = message


class ConfigError(VariableError):
    """`key` is the key of the wire shape that has to change, such as `min_value`."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message, fields={key: [message]})
        self.key = key


class ValueRefused(VariableError):
    """`code` is stable: type, required, choices, min_value, max_value, step_size, min_length,
    max_length, characters, size or syntax."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code

    def within(self, where: str) -> "ValueRefused":
        """The same refusal, said of a part: an entry of a list or a field of an object."""
        return ValueRefused(f"{where}: {self.message}", code=self.code)


class TemplateRefused(VariableError):
    """`line` and `column` count from 1 in the template as it was written."""

    def __init__(self, message: str, *, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.message}"


class RenderRefused(VariableError):
    """`name` is the variable at fault, or empty when no single one is."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message, fields={name: [message]} if name else None)
        self.name = name
