"""Fields whose value is a UUID or a JSON document."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal, Unpack
from uuid import UUID

from pyrest.errors import Invalid
from pyrest.models.fields.base import Field
from pyrest.models.fields.numbers import INTEGER_MAX, INTEGER_MIN
from pyrest.models.fields.options import Options
from pyrest.models.fields.text import checked_text

MAX_DEPTH = 100

_UUID = re.compile(r"(urn:uuid:)?(?P<brace>\{)?([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?(brace)\})", re.I | re.A)


class UUIDField(Field[UUID]):
    """A UUID. Taken in every spelling of RFC 9562 (upper case, `urn:uuid:`, braces, no hyphens).

    Shown in the canonical one, unless `format` is `"hex"`, without hyphens, or `"urn"`.
    """

    family = "uuid"
    python_type = UUID

    def __init__(self, *, format: Literal["hex_verbose", "hex", "urn"] = "hex_verbose", **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self.format = format

    def check_values(self) -> None:
        if self.format not in _SPELLINGS:
            raise self.misdeclared(f"format is one of {', '.join(_SPELLINGS)}, not {self.format!r}")
        super().check_values()

    def from_json(self, value: object) -> UUID:
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise Invalid("Must be a valid UUID.")
        return UUID(value.lower())

    def from_python(self, value: UUID) -> UUID:
        return value

    def to_json(self, value: UUID) -> str:
        return _SPELLINGS[self.format](value)


_SPELLINGS: Mapping[str, Callable[[UUID], str]] = {"hex_verbose": str, "hex": lambda value: value.hex, "urn": lambda value: value.urn}


class JSONField(Field[Any]):
    """Any JSON value, replaced as a whole. Null is the field's own null."""

    family = "json"
    python_type = object
    comparable = False

    def from_json(self, value: object) -> Any:
        _check_document(value, 0)
        return value

    def from_python(self, value: Any) -> Any:
        """A copy of its own, with lists for tuples, as it comes back from a store."""
        return _copied(self.from_json(value))

    def parse(self, text: str) -> Any:
        try:
            return self.from_json(json.loads(text))
        except (ValueError, RecursionError):
            raise Invalid("A JSON value is required.") from None


def _check_document(value: object, depth: int) -> None:
    """Refuses what JSON, SQLite or a later reader would change: see the messages."""
    if depth >= MAX_DEPTH and isinstance(value, dict | list | tuple):
        raise Invalid(f"This value is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, str):
        checked_text(value)
    elif isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX:
        raise Invalid("It holds an integer outside 64 bits.")
    elif isinstance(value, Decimal):
        raise Invalid("It holds a number with more digits than a JSON number keeps; send that as a string.")
    elif isinstance(value, float) and not math.isfinite(value):
        raise Invalid("It holds a number that is not finite.")
    elif isinstance(value, dict):
        for name, item in value.items():
            checked_text(name)
            _check_document(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_document(item, depth + 1)
    elif not isinstance(value, int | float | type(None)):
        raise Invalid(f"A {type(value).__name__} is no JSON value.")


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value
