"""The options that every field has, with their types and defaults, and the sentences that are said of any field."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypedDict


class Unset(enum.Enum):
    """The type of `UNSET`: no value was given, which differs from null."""

    UNSET = enum.auto()

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET

ON_DELETE = ("restrict", "cascade", "set_null")


class Foreign(NamedTuple):
    """The column that a field's values are taken from."""

    table: str
    column: str


class Options(TypedDict, total=False):
    """What the constructor of every field takes (PEP 692); `Field` says what each means."""

    name: str
    required: bool
    null: bool | None
    default: Any
    unique: bool
    index: bool
    choices: Iterable[Any] | None
    foreign: Mapping[str, str] | tuple[str, str] | None
    related_name: str | None
    on_delete: str | None
    read_only: bool
    write_only: bool
    help_text: str
    column: str
    source: str
    error_messages: Mapping[str, str] | None


DEFAULTS: Final[Options] = {
    "name": "",
    "required": False,
    "null": None,
    "default": UNSET,
    "unique": False,
    "index": False,
    "choices": None,
    "foreign": None,
    "related_name": None,
    "on_delete": None,
    "read_only": False,
    "write_only": False,
    "help_text": "",
    "column": "",
    "source": "",
    "error_messages": None,
}

MESSAGES: Final[Mapping[str, str]] = {
    "required": "This field is required.",
    "null": "This field may not be null.",
    "unique": "This field must be unique.",
}
"""What is said of any field, by the keys that `error_messages` takes."""


def messages_of(kind: type, own: Mapping[str, str] | None) -> dict[str, str]:
    """The messages of a class of fields, merged along its bases, and those of one field, which come before them."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        found |= vars(base).get("default_error_messages", {})
    return found | dict(own or {})


def typed(value: object) -> str:
    """A value as one would type it."""
    name: str | None = getattr(value, "__qualname__", None)
    return repr(value) if name is None else name


@cache
def options_of(kind: Any) -> dict[str, Any]:
    """Every option of a class of field with its default."""
    return dict(DEFAULTS) | constructor_options(kind) | dict(kind.implied)


@cache
def constructor_options(kind: Any) -> dict[str, Any]:
    """The options with their defaults that the constructors of a class and of its bases name."""
    found: dict[str, Any] = {}
    constructors = [vars(base)["__init__"] for base in reversed(kind.__mro__) if base is not object and "__init__" in vars(base)]
    for constructor in constructors:
        for parameter in inspect.signature(constructor).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY or parameter.default is not parameter.empty:
                found[parameter.name] = parameter.default
    return found
