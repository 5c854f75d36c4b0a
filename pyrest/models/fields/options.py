"""The options that every field has, with their types and defaults."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
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
}
